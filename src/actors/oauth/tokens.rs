//! A code for tokens (RFC 6749, section 4.1.3), by the crate `oauth2` over the way out that all requests take.

use std::fmt;
use std::pin::Pin;

use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::{
    AsyncHttpClient, AuthorizationCode, EndpointNotSet, ExtraTokenFields, HttpRequest, HttpResponse, PkceCodeVerifier,
    RequestTokenError, StandardRevocableToken, StandardTokenResponse, TokenUrl,
};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::error::OauthError;
use super::messages::Redeem;
use super::outgoing::Outgoing;
use crate::domain::clock::Deadline;

pub(super) type TokenAnswer = StandardTokenResponse<IdTokenText, BasicTokenType>;
pub(super) type TokenClient<Authorization = EndpointNotSet> = oauth2::Client<
    BasicErrorResponse,
    TokenAnswer,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    Authorization,
>;

/// Longer than any in RFC 6749 and its extensions. Whatever is longer is no error code.
const ERROR_CODE_CHARS_MAX: usize = 64;

/// The ID token as text: what is wrong inside of it shall not look like an answer that is no JSON.
#[derive(Deserialize, Serialize)]
pub(super) struct IdTokenText {
    #[serde(default, skip_serializing)]
    pub id_token: Option<String>,
}

impl ExtraTokenFields for IdTokenText {}

impl fmt::Debug for IdTokenText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdTokenText")
    }
}

/// Shows the code and the verifier, and takes the tokens.
///
/// # Errors
/// [`OauthError`].
pub(super) async fn exchange(
    client: TokenClient,
    endpoint: TokenUrl,
    redeem: &Redeem,
    outgoing: &Outgoing,
    deadline: Deadline,
) -> Result<TokenAnswer, OauthError> {
    let client = client.set_token_uri(endpoint);
    let code = AuthorizationCode::new(redeem.code.expose_secret().to_owned());
    let verifier = PkceCodeVerifier::new(redeem.code_verifier.secret().expose_secret().to_owned());
    client
        .exchange_code(code)
        .set_pkce_verifier(verifier)
        .request_async(&WayOut { outgoing, deadline })
        .await
        .map_err(refusal)
}

/// The one way out, as the crate asks for it.
struct WayOut<'a> {
    outgoing: &'a Outgoing,
    deadline: Deadline,
}

impl<'c> AsyncHttpClient<'c> for WayOut<'_> {
    type Error = OauthError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, OauthError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let answer = self.outgoing.send(request, self.deadline).await?;
            // Of whatever body: the crate reads one of any status but 200 as an error response.
            let status = answer.status();
            if status.is_server_error() { Err(OauthError::Status(status.as_u16())) } else { Ok(answer) }
        })
    }
}

fn refusal(error: RequestTokenError<OauthError, BasicErrorResponse>) -> OauthError {
    match error {
        RequestTokenError::ServerResponse(response) => OauthError::Refused { error: plain(response.error().as_ref()) },
        RequestTokenError::Request(error) => error,
        // GitHub says with status 200 what is wrong.
        RequestTokenError::Parse(_, body) => match serde_json::from_slice::<BasicErrorResponse>(&body) {
            Ok(response) => OauthError::Refused { error: plain(response.error().as_ref()) },
            Err(_) => OauthError::NotJson,
        },
        RequestTokenError::Other(_) => OauthError::NotJson,
    }
}

/// RFC 6749, appendix A.7: it goes into logs.
fn plain(code: &str) -> String {
    let is_plain = code.len() <= ERROR_CODE_CHARS_MAX && code.bytes().all(|byte| byte.is_ascii_graphic());
    if is_plain { code.to_owned() } else { "unreadable".to_owned() }
}
