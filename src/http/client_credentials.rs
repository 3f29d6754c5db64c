//! How a client authenticates on the protocol plane: HTTP Basic or two form fields (RFC 6749 §2.3.1), never both.

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;
use zeroize::Zeroizing;

use super::problem::OAuthError;
use super::urlencoded;

/// An id and a secret of 1 KiB each, percent-encoded threefold, in base64 are 8 KiB; ours are far shorter.
const LONGEST_HEADER_BYTES: usize = 8 * 1024;
const LONGEST_PART_BYTES: usize = 1024;

/// Who the client says it is, and its proof; compared with nothing yet.
#[derive(Clone, Debug)]
pub struct ClientCredentials {
    pub client_id: String,
    pub client_secret: SecretString,
}

impl ClientCredentials {
    /// What the request brought: `client_id` and `client_secret` are the form's. `None` when it brought no secret; a
    /// `client_id` alone names a client and proves nothing.
    ///
    /// # Errors
    /// `invalid_request` when both ways are used, or two headers, or two different ids; `invalid_client` when what
    /// stands in the header cannot be read, or is another scheme.
    pub fn brought(
        request: &HttpRequest,
        client_id: Option<&str>,
        client_secret: Option<&str>,
    ) -> Result<Option<Self>, OAuthError> {
        let mut headers = request.headers().get_all(AUTHORIZATION);
        let Some(header) = headers.next() else { return of_form(client_id, client_secret) };
        if headers.next().is_some() {
            return Err(OAuthError::invalid_request("there is more than one Authorization header"));
        }
        if client_secret.is_some() {
            return Err(OAuthError::invalid_request("a client authenticates in one way only (RFC 6749 section 2.3)"));
        }
        let text = header.to_str().ok().filter(|text| text.len() <= LONGEST_HEADER_BYTES);
        let found = text.and_then(of_basic).ok_or_else(OAuthError::invalid_client)?;
        // Many clients repeat their id in the form; that is no second way of authentication, unless it differs.
        if client_id.is_some_and(|id| id != found.client_id) {
            return Err(OAuthError::invalid_request("client_id differs from the authenticated client"));
        }
        Ok(Some(found))
    }

    /// As [`ClientCredentials::brought`], where there is no way without.
    ///
    /// # Errors
    /// Also `invalid_client` when there are none.
    pub fn required(
        request: &HttpRequest,
        client_id: Option<&str>,
        client_secret: Option<&str>,
    ) -> Result<Self, OAuthError> {
        Self::brought(request, client_id, client_secret)?.ok_or_else(OAuthError::invalid_client)
    }
}

fn of_form(id: Option<&str>, secret: Option<&str>) -> Result<Option<ClientCredentials>, OAuthError> {
    let Some(secret) = secret else { return Ok(None) };
    let id = id.ok_or_else(|| OAuthError::invalid_request("the parameter client_id is missing"))?;
    let found = checked(id.to_owned(), secret);
    found.map(Some).ok_or_else(OAuthError::invalid_client)
}

/// `Basic base64(urlencoded id : urlencoded secret)`. Strict base64, because two spellings of one credential would be
/// two keys for a throttle.
fn of_basic(credentials: &str) -> Option<ClientCredentials> {
    let (scheme, encoded) = credentials.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = Zeroizing::new(STANDARD.decode(encoded.trim_matches(' ')).ok()?);
    let colon = decoded.iter().position(|&byte| byte == b':')?;
    let (id, secret) = decoded.split_at_checked(colon)?;
    let id = urlencoded::decode(id).ok()?.into_owned();
    let secret = Zeroizing::new(urlencoded::decode(secret.get(1..)?).ok()?.into_owned());
    checked(id, &secret)
}

/// Both are `VSCHAR` (RFC 6749 appendix A) and not empty.
fn checked(client_id: String, secret: &str) -> Option<ClientCredentials> {
    let fits = |text: &str| {
        (1..=LONGEST_PART_BYTES).contains(&text.len()) && text.bytes().all(|byte| matches!(byte, 0x20..=0x7e))
    };
    (fits(&client_id) && fits(secret)).then(|| ClientCredentials { client_id, client_secret: secret.into() })
}

#[cfg(test)]
mod tests;
