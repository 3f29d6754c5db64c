//! `Form<T>`: what the protocol plane is sent (RFC 6749 §3.2 and appendix B).

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::parameters::{self, ParameterError};
use super::payload::{self, BodyBytes};
use super::problem::OAuthError;
use super::urlencoded::{self, Pair};

/// The form. Unknown parameters are ignored, empty ones are as if they were not there, and one that is there twice,
/// known or not, is an `invalid_request`. Secrets are read into `secrecy::SecretString`.
///
/// # Errors
/// `invalid_request`: 415 unless it is `application/x-www-form-urlencoded`, 413 over 64 KiB, 408 if it does not
/// arrive, else 400.
pub struct Form<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Form<T> {
    type Error = OAuthError;
    type Future = LocalBoxFuture<'static, Result<Self, OAuthError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let body = body_of(&request, payload).await?;
            parameters::parse(&body).map(|form| Self(form.known)).map_err(|error| refusal(&error))
        })
    }
}

/// The same in three steps, for a form that is only looked at: what is read may borrow from the body.
///
/// # Errors
/// As [`Form`]'s.
pub(super) async fn body_of(request: &HttpRequest, payload: Payload) -> Result<BodyBytes, OAuthError> {
    payload::demand_type(request, "application/x-www-form-urlencoded")?;
    Ok(payload::read(request, payload).await?)
}

pub(super) fn pairs_of(body: &[u8]) -> Result<Vec<Pair<'_>>, OAuthError> {
    urlencoded::pairs(body).map_err(|flaw| refusal(&flaw.into()))
}

pub(super) fn form_of<'p, T: Deserialize<'p>>(pairs: &'p [Pair<'_>]) -> Result<T, OAuthError> {
    parameters::read(pairs).map(|form| form.known).map_err(|error| refusal(&error))
}

/// Names the parameter only where the name is our own.
fn refusal(error: &ParameterError) -> OAuthError {
    OAuthError::invalid_request(error.to_string())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use secrecy::{ExposeSecret, SecretString};

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Hint {
        AccessToken,
    }

    #[derive(Debug, Deserialize)]
    struct Revocation {
        token: SecretString,
        token_type_hint: Option<Hint>,
    }

    async fn read(kind: &str, body: &str) -> Result<Revocation, OAuthError> {
        let request = TestRequest::post().insert_header(("content-type", kind.to_owned())).set_payload(body.to_owned());
        let (request, mut payload) = request.to_http_parts();
        Form::<Revocation>::from_request(&request, &mut payload).await.map(|form| form.0)
    }

    const FORM: &str = "application/x-www-form-urlencoded";

    #[actix_web::test]
    async fn a_form_is_read_and_the_unknown_ignored() {
        let form = read(FORM, "token=s3cret%21&token_type_hint=access_token&other=1").await.unwrap();
        assert_eq!(form.token.expose_secret(), "s3cret!");
        assert!(matches!(form.token_type_hint, Some(Hint::AccessToken)));
        assert!(!format!("{form:?}").contains("s3cret"));
        assert!(read("Application/X-WWW-Form-Urlencoded; charset=UTF-8", "token=a").await.is_ok());
    }

    #[actix_web::test]
    async fn mistakes_are_an_invalid_request() {
        for (kind, body, status) in [
            (FORM, "", 400),
            (FORM, "token=", 400),
            (FORM, "token=a&token=a", 400),
            (FORM, "token=a&x=1&x=2", 400),
            (FORM, "token=a&token_type_hint=else", 400),
            (FORM, "token=%zz", 400),
            ("application/json", "token=a", 415),
            ("text/plain", "token=a", 415),
        ] {
            let refused = read(kind, body).await.unwrap_err();
            assert_eq!(refused.status().as_u16(), status, "{kind} {body}");
        }
    }
}
