//! How a shared secret gets into an authenticator app: a URI that the app reads, and the QR code that it looks at.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use qrcode::render::svg::Color;
use qrcode::{EcLevel, QrCode};
use secrecy::{ExposeSecret, SecretString};

use super::totp::TotpSecret;

/// All but what is unreserved everywhere (RFC 3986, section 2.3), and the `@` of an address.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'@');
/// Pixels of a module in the picture's own size; a browser draws it at any other as sharply.
const MODULE_PIXELS: u32 = 4;
/// Before the picture, where it is a file of its own. In a page it is an error.
const XML_DECLARATION: &str = r#"<?xml version="1.0" standalone="yes"?>"#;

/// More text than a QR code holds. An address of 254 bytes, escaped, is a third of that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text is too long for a QR code")]
pub struct TooLong;

/// `otpauth://totp/ISSUER:ACCOUNT?secret=…&issuer=ISSUER`. What the app takes for granted is not said: some apps stumble
/// over an algorithm or a period even where it is the usual one. A colon separates the two names, so neither holds one.
pub fn key_uri(secret: &TotpSecret, issuer: &str, account: &str) -> SecretString {
    let escaped = |name: &str| utf8_percent_encode(&name.replace(':', " "), ESCAPED).to_string();
    let (issuer, account) = (escaped(issuer), escaped(account));
    let secret = secret.base32();
    let parts = ["otpauth://totp/", &issuer, ":", &account, "?secret=", secret.expose_secret(), "&issuer=", &issuer];
    parts.concat().into()
}

/// The text as a picture: SVG that needs nothing beside it, in a page or as a file. Dark on white with the quiet zone of
/// four modules around it (ISO/IEC 18004, section 6.3.8), so that it can be read on a dark page, too.
///
/// # Errors
/// [`TooLong`].
pub fn qr_svg(text: &SecretString) -> Result<SecretString, TooLong> {
    let code = QrCode::with_error_correction_level(text.expose_secret(), EcLevel::M).map_err(|_| TooLong)?;
    let mut picture = code.render::<Color<'_>>();
    picture.quiet_zone(true).module_dimensions(MODULE_PIXELS, MODULE_PIXELS);
    let svg = picture.dark_color(Color("#000")).light_color(Color("#fff")).build();
    Ok(svg.strip_prefix(XML_DECLARATION).unwrap_or(&svg).into())
}

#[cfg(test)]
mod tests {
    use totp_rs::Totp;

    use super::*;

    fn secret() -> TotpSecret {
        TotpSecret::from_bytes(b"12345678901234567890").unwrap()
    }

    #[test]
    fn the_uri_names_the_issuer_the_account_and_the_secret() {
        let uri = key_uri(&secret(), "auth.example.org", "ada@example.org");
        let expected = "otpauth://totp/auth.example.org:ada@example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
                        &issuer=auth.example.org";
        assert_eq!(uri.expose_secret(), expected);
    }

    #[test]
    fn another_reader_finds_the_same_in_it_whatever_the_names() {
        for account in ["ada@example.org", "zoë+é@exämple.org", "a&secret=x?#/%41", "数学", "😀 x", "a:b", " "] {
            let uri = key_uri(&secret(), "Keystead & co", account);
            let read = Totp::from_url(uri.expose_secret()).unwrap();
            assert_eq!(read.account_name(), account.replace(':', " "), "{}", uri.expose_secret());
            assert_eq!(read.issuer(), Some("Keystead & co"));
            assert_eq!(read.secret().as_bytes(), secret().as_bytes());
            assert_eq!((read.digits(), read.step(), read.algorithm().to_string().as_str()), (6, 30, "SHA1"));
        }
    }

    #[test]
    fn the_picture_is_dark_on_white_and_needs_nothing_beside_it() {
        let svg = qr_svg(&key_uri(&secret(), "Keystead", "ada@example.org")).unwrap();
        let svg = svg.expose_secret();
        assert!(svg.starts_with(r#"<svg xmlns="http://www.w3.org/2000/svg""#) && svg.ends_with("</svg>"), "{svg}");
        assert!(svg.contains(r##"fill="#fff""##) && svg.contains(r##"fill="#000""##));
        for word in ["href", "<script", "<image", "style", "<?xml", "url("] {
            assert!(!svg.contains(word), "{word}");
        }
    }

    #[test]
    fn the_longest_address_fits_and_more_is_refused() {
        let (issuer, account) = ("a".repeat(253), "ä".repeat(127));
        assert!(qr_svg(&key_uri(&secret(), &issuer, &account)).is_ok());
        assert_eq!(qr_svg(&"x".repeat(3_000).into()).map(drop), Err(TooLong));
    }
}
