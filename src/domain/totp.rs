//! Codes of authenticator apps (TOTP, RFC 6238): SHA-1, six digits, thirty seconds, which is all that every app knows.

use secrecy::{ExposeSecret, SecretString};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use totp_rs::{Algorithm, Builder, Secret, Totp};
use zeroize::Zeroizing;

use super::clock::Timestamp;

/// 160 bits, as long as what SHA-1 gives (RFC 4226, section 4, requirement R6).
const SECRET_BYTES: usize = 20;
/// 80 bits, which many apps still make: less than RFC 4226 asks for, but what its owner has on their phone.
const SECRET_BYTES_MIN: usize = 10;
/// 160 bits are 32 characters; with a space after each four, padding and line ends still far below.
const BASE32_BYTES_MAX: usize = 128;
const DIGITS: u8 = 6;
const STEP_SECONDS: u64 = 30;
/// Steps that a phone's clock may be off, each way (RFC 6238, section 5.2: at most one).
const SKEW_STEPS: u64 = 1;

/// What an app and this server share.
#[derive(Clone)]
pub struct TotpSecret(Zeroizing<[u8; SECRET_BYTES]>);

/// A code as somebody types it: six digits.
#[derive(Clone, Debug)]
pub struct TotpCode(SecretString);

/// A text that no app shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a code has six digits")]
pub struct NotACode;

impl TotpCode {
    /// Spaces do not count: apps show `123 456`.
    ///
    /// # Errors
    /// [`NotACode`], also for digits of other scripts.
    pub fn parse(text: &SecretString) -> Result<Self, NotACode> {
        let mut digits = String::with_capacity(DIGITS.into());
        for character in text.expose_secret().chars().filter(|character| !character.is_whitespace()) {
            // Before the string would grow, which would leave a copy in freed memory.
            if !character.is_ascii_digit() || digits.len() == usize::from(DIGITS) {
                return Err(NotACode);
            }
            digits.push(character);
        }
        if digits.len() == usize::from(DIGITS) { Ok(Self(digits.into())) } else { Err(NotACode) }
    }
}

impl TotpSecret {
    pub fn random() -> Self {
        let mut bytes = Zeroizing::new([0; SECRET_BYTES]);
        rand::fill(bytes.as_mut_slice());
        Self(bytes)
    }

    /// `None` unless there are 20.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(|bytes| Self(Zeroizing::new(bytes)))
    }

    /// A secret of another system, in base32 (RFC 4648) as apps take it: spaces, case and padding do not count. One of
    /// 80 bits or more that is shorter than ours is filled up with zeros, as HMAC does with every key (RFC 2104, section
    /// 2), so its codes stay what they are. `None` for any other.
    pub fn from_base32(text: &SecretString) -> Option<Self> {
        let plain = |letter: &char| !letter.is_whitespace() && *letter != '=';
        let written = text.expose_secret();
        if written.len() > BASE32_BYTES_MAX {
            return None;
        }
        let mut plain_text = Zeroizing::new(String::with_capacity(written.len()));
        plain_text.extend(written.chars().filter(plain).map(|letter| letter.to_ascii_uppercase()));
        let secret = Secret::try_from_base32(plain_text.as_str()).ok()?;
        let bytes = secret.as_bytes();
        if !(SECRET_BYTES_MIN..=SECRET_BYTES).contains(&bytes.len()) {
            return None;
        }
        let mut filled = Zeroizing::new([0; SECRET_BYTES]);
        filled[..bytes.len()].copy_from_slice(bytes);
        Some(Self(filled))
    }

    /// To be sealed.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// As people type it into an app that cannot see the QR code: base32 (RFC 4648) without padding.
    pub fn base32(&self) -> SecretString {
        Secret::new_stack(*self.0).to_base32().into()
    }

    /// What an app shows at this moment.
    pub fn code_at(&self, moment: Timestamp) -> TotpCode {
        TotpCode(self.code_of(step_of(moment)))
    }

    /// The step whose code this is, if it is that of the present step or of one beside it. A step may be spent once,
    /// which is the caller's to see to. Always compares with all three, each in constant time.
    pub fn judge(&self, code: &TotpCode, now: Timestamp) -> Option<i64> {
        let (present, given) = (step_of(now), code.0.expose_secret().as_bytes());
        let (mut is_right, mut matched) = (Choice::from(0), 0);
        for step in present.saturating_sub(SKEW_STEPS)..=present + SKEW_STEPS {
            let equal = self.code_of(step).expose_secret().as_bytes().ct_eq(given);
            matched.conditional_assign(&step, equal);
            is_right |= equal;
        }
        if bool::from(is_right) { i64::try_from(matched).ok() } else { None }
    }

    fn code_of(&self, step: u64) -> SecretString {
        self.totp().generate(step * STEP_SECONDS).to_string().into()
    }

    fn totp(&self) -> Totp {
        let builder = Builder::new().with_algorithm(Algorithm::SHA1).with_digits(DIGITS);
        // It refuses what cannot be here: a short secret, other numbers of digits.
        builder.with_step_duration(STEP_SECONDS).with_secret(Secret::new_stack(*self.0)).build_noncompliant()
    }
}

/// In the form that [`TotpSecret::from_base32`] reads, of any length.
pub fn base32(bytes: &[u8]) -> String {
    Secret::new(bytes.into()).to_base32()
}

/// Before 1970 it is the first one.
fn step_of(moment: Timestamp) -> u64 {
    u64::try_from(moment.unix_seconds()).unwrap_or(0) / STEP_SECONDS
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    const STEP: Duration = Duration::from_secs(STEP_SECONDS);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    fn parsed(text: &str) -> Result<String, NotACode> {
        TotpCode::parse(&text.into()).map(|code| code.0.expose_secret().to_owned())
    }

    /// RFC 6238, appendix B, the rows of SHA-1. The last six of the eight digits are the code of six.
    #[test]
    fn the_vectors_of_the_rfc() {
        let secret = TotpSecret::from_bytes(b"12345678901234567890").unwrap();
        for (seconds, eight, step) in [
            (59, "94287082", 1),
            (1_111_111_109, "07081804", 37_037_036),
            (1_111_111_111, "14050471", 37_037_037),
            (1_234_567_890, "89005924", 41_152_263),
            (2_000_000_000, "69279037", 66_666_666),
            (20_000_000_000, "65353130", 666_666_666),
        ] {
            let code = secret.code_at(at(seconds));
            assert_eq!(code.0.expose_secret(), &eight[2..], "{seconds}");
            assert_eq!(secret.judge(&code, at(seconds)), Some(step), "{seconds}");
        }
        assert_eq!(secret.base32().expose_secret(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }

    #[test]
    fn one_step_of_skew_each_way_and_no_more() {
        let secret = TotpSecret::from_bytes(b"12345678901234567890").unwrap();
        let now = at(1_800_000_000);
        let step = 1_800_000_000 / 30;
        for (moment, expected) in [
            (now.minus(2 * STEP), None),
            (now.minus(STEP), Some(step - 1)),
            (now, Some(step)),
            (now.plus(STEP), Some(step + 1)),
            (now.plus(2 * STEP), None),
        ] {
            assert_eq!(secret.judge(&secret.code_at(moment), now), expected);
        }
        // The very edges of the three windows.
        let code = secret.code_at(now);
        let verdicts = [at(1_799_999_969), at(1_799_999_970), at(1_800_000_059), at(1_800_000_060)];
        assert_eq!(verdicts.map(|moment| secret.judge(&code, moment)), [None, Some(step), Some(step), None]);
        assert!(secret.judge(&secret.code_at(at(-5)), at(-5)).is_some(), "before 1970 nothing overflows");
    }

    #[test]
    fn a_code_is_six_ascii_digits_however_they_are_spaced() {
        for good in ["012345", " 012 345 ", "0 1 2 3 4 5", "012\u{a0}345\n"] {
            assert_eq!(parsed(good).as_deref(), Ok("012345"), "{good:?}");
        }
        for bad in ["", "01234", "0123456", "+12345", "-12345", "01234a", "０１２３４５", "012-345", "1e5", "0x1234"]
        {
            assert_eq!(parsed(bad), Err(NotACode), "{bad:?}");
        }
    }

    #[test]
    fn a_secret_is_20_bytes_and_is_never_the_same() {
        assert!(TotpSecret::from_bytes(&[0; 19]).is_none() && TotpSecret::from_bytes(&[0; 21]).is_none());
        assert_ne!(TotpSecret::random().as_bytes(), TotpSecret::random().as_bytes());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text: String) {
            if let Ok(code) = parsed(&text) {
                prop_assert!(code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()));
            }
        }
    }
}
