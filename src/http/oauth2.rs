//! The protocol plane: `/oauth2/token`, `/oauth2/introspect`, `/oauth2/revoke`.

use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::account_json::seconds_until;
use super::client_credentials::ClientCredentials;
use super::deadline::EdgeDeadline;
use super::form::{self, Form};
use super::problem::{OAuthError, Problem};
use crate::domain::access_token::AccessClaims;
use crate::domain::client_secret::{ClientId, ClientSecret};
use crate::domain::permission::Permissions;
use crate::flows::client_sign_in::{Credentials, recognise_again, recognise_client, sign_client_in};
use crate::flows::introspect::{Introspection, introspect};
use crate::flows::refresh::refresh;
use crate::flows::revoke_token::revoke_token;
use crate::flows::{Context, Visit};

impl From<ClientCredentials> for Credentials {
    fn from(brought: ClientCredentials) -> Self {
        let secret = ClientSecret::parse(brought.client_secret.expose_secret()).ok();
        Self { id: ClientId::parse(&brought.client_id), secret }
    }
}

#[derive(Deserialize)]
pub struct TokenForm {
    grant_type: Option<String>,
    refresh_token: Option<SecretString>,
    scope: Option<String>,
    client_id: Option<String>,
    client_secret: Option<SecretString>,
}

pub async fn token(
    request: HttpRequest,
    context: web::Data<Context>,
    visit: Visit,
    form: Form<TokenForm>,
) -> Result<HttpResponse, OAuthError> {
    let Form(form) = form;
    let brought = {
        let secret = form.client_secret.as_ref().map(SecretString::expose_secret);
        ClientCredentials::brought(&request, form.client_id.as_deref(), secret)?
    };
    match form.grant_type.as_deref() {
        Some("client_credentials") => {
            let shown = brought.ok_or_else(OAuthError::invalid_client)?.into();
            client_credentials(&context, &visit, &shown, form.scope.as_deref()).await
        }
        Some("refresh_token") => {
            // An app that a person uses keeps no secret; a client that shows one has to show the right one.
            if let Some(brought) = brought {
                recognise_client(&context, &visit, &brought.into()).await?;
            }
            let missing = || OAuthError::invalid_request("the parameter refresh_token is missing");
            refresh_grant(&context, &visit, &form.refresh_token.ok_or_else(missing)?).await
        }
        Some(_) => Err(OAuthError::unsupported_grant_type()),
        None => Err(OAuthError::invalid_request("the parameter grant_type is missing")),
    }
}

async fn client_credentials(
    context: &Context,
    visit: &Visit,
    shown: &Credentials,
    scope: Option<&str>,
) -> Result<HttpResponse, OAuthError> {
    let unreadable = |_| OAuthError::invalid_scope("a scope is a list of permissions, such as revocations:read");
    let scope = scope.map(Permissions::parse).transpose().map_err(unreadable)?;
    let tokens = sign_client_in(context, visit, shown, scope).await?;
    Ok(HttpResponse::Ok().json(json!({
        "access_token": tokens.access_token.expose_secret(),
        "token_type": "Bearer",
        "expires_in": seconds_until(tokens.access_expires_at, &context.house.clock),
        "scope": tokens.scope.to_string(),
    })))
}

async fn refresh_grant(context: &Context, visit: &Visit, token: &SecretString) -> Result<HttpResponse, OAuthError> {
    let tokens = refresh(context, visit, token).await?;
    Ok(HttpResponse::Ok().json(json!({
        "access_token": tokens.access_token.expose_secret(),
        "token_type": "Bearer",
        "expires_in": seconds_until(tokens.access_expires_at, &context.house.clock),
        "refresh_token": tokens.refresh_token.expose_secret(),
    })))
}

/// For introspection and revocation. `token_type_hint` is not needed: the two kinds cannot be mistaken. Nothing is copied
/// out of the body, which is wiped.
#[derive(Deserialize)]
struct GivenToken<'f> {
    token: &'f str,
    client_id: Option<&'f str>,
    client_secret: Option<&'f str>,
}

impl GivenToken<'_> {
    fn credentials(&self, request: &HttpRequest) -> Result<Credentials, OAuthError> {
        ClientCredentials::required(request, self.client_id, self.client_secret).map(Credentials::from)
    }

    /// A hash of all that the client shows, where that is one header and nothing in the form.
    fn proof(&self, request: &HttpRequest) -> Option<[u8; 32]> {
        let mut headers = request.headers().get_all(AUTHORIZATION);
        let only = headers.next().filter(|_| headers.next().is_none())?;
        let form_has_none = self.client_id.is_none() && self.client_secret.is_none();
        form_has_none.then(|| Sha256::digest(only.as_bytes()).into())
    }
}

pub async fn introspection(
    request: HttpRequest,
    context: web::Data<Context>,
    payload: web::Payload,
) -> Result<HttpResponse, OAuthError> {
    let body = form::body_of(&request, payload.into_inner()).await?;
    let pairs = form::pairs_of(&body)?;
    let given: GivenToken<'_> = form::form_of(&pairs)?;
    let visit = Visit::until(EdgeDeadline::of(&request).0);
    let proof = given.proof(&request);
    let client = if let Some(client) = proof.and_then(|proof| recognise_again(&context, &proof)) {
        client
    } else {
        let shown = given.credentials(&request)?;
        recognise_client(&context, &visit, &shown).await?.remembered(&context, proof)
    };
    let answer = introspect(&context, &visit, &client, given.token).await.map_err(Problem::from)?;
    let mut response = HttpResponse::Ok();
    Ok(match answer {
        Introspection::Inactive => response.json(json!({ "active": false })),
        Introspection::Access(token) => {
            let described = token.described(|claims| ActiveAccess::of(claims).text()).map_err(Problem::internal)?;
            response.insert_header(JSON).body(described.to_owned())
        }
        Introspection::Refresh { user_id, session_id, expires_at } => response.json(json!({
            "active": true,
            "token_type": "refresh_token",
            "sub": user_id,
            "sid": session_id,
            "exp": expires_at.unix_seconds(),
        })),
    })
}

const JSON: (HeaderName, HeaderValue) = (CONTENT_TYPE, HeaderValue::from_static("application/json"));

#[derive(Serialize)]
struct ActiveAccess<'c> {
    active: bool,
    token_type: &'static str,
    scope: String,
    #[serde(flatten)]
    claims: &'c AccessClaims,
}

impl<'c> ActiveAccess<'c> {
    fn of(claims: &'c AccessClaims) -> Self {
        Self { active: true, token_type: "Bearer", scope: claims.permissions.join(" "), claims }
    }

    /// Written straight from the claims and not through a `Value`.
    fn text(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }
}

pub async fn revocation(
    request: HttpRequest,
    context: web::Data<Context>,
    visit: Visit,
    payload: web::Payload,
) -> Result<HttpResponse, OAuthError> {
    let body = form::body_of(&request, payload.into_inner()).await?;
    let pairs = form::pairs_of(&body)?;
    let given: GivenToken<'_> = form::form_of(&pairs)?;
    let shown = given.credentials(&request)?;
    revoke_token(&context, &visit, &shown, given.token).await?;
    Ok(HttpResponse::Ok().finish())
}
