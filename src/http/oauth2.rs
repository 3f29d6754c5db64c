//! The protocol plane: `/oauth2/token`, `/oauth2/introspect`, `/oauth2/revoke`.

use actix_web::http::header::ContentType;
use actix_web::{HttpRequest, HttpResponse, web};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::account_json::seconds_until;
use super::client_credentials::ClientCredentials;
use super::deadline::EdgeDeadline;
use super::form::Form;
use super::problem::{OAuthError, Problem};
use crate::domain::access_token::AccessClaims;
use crate::domain::client_secret::{ClientId, ClientSecret};
use crate::domain::permission::Permissions;
use crate::flows::client_sign_in::{Credentials, recognise_client, sign_client_in};
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
    let brought = ClientCredentials::brought(&request, form.client_id.as_deref(), form.client_secret.as_ref())?;
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

/// For introspection and revocation. `token_type_hint` is not needed: the two kinds cannot be mistaken.
#[derive(Deserialize)]
pub struct GivenTokenForm {
    token: SecretString,
    client_id: Option<String>,
    client_secret: Option<SecretString>,
}

impl GivenTokenForm {
    fn credentials(&self, request: &HttpRequest) -> Result<Credentials, OAuthError> {
        let (id, secret) = (self.client_id.as_deref(), self.client_secret.as_ref());
        ClientCredentials::required(request, id, secret).map(Credentials::from)
    }
}

pub async fn introspection(
    request: HttpRequest,
    context: web::Data<Context>,
    deadline: EdgeDeadline,
    form: Form<GivenTokenForm>,
) -> Result<HttpResponse, OAuthError> {
    let shown = form.0.credentials(&request)?;
    let answer = introspect(&context, &Visit::until(deadline.0), &shown, &form.0.token).await?;
    let mut response = HttpResponse::Ok();
    Ok(match answer {
        Introspection::Inactive => response.json(json!({ "active": false })),
        Introspection::Access(claims) => ActiveAccess::of(&claims).into_response()?,
        Introspection::Refresh { user_id, session_id, expires_at } => response.json(json!({
            "active": true,
            "token_type": "refresh_token",
            "sub": user_id,
            "sid": session_id,
            "exp": expires_at.unix_seconds(),
        })),
    })
}

/// What most claims need as JSON, so that the text is not moved while it grows.
const CLAIMS_BYTES: usize = 1024;

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

    /// Written straight from the claims: as a `Value` in between it was a tenth of the time of the whole answer.
    fn into_response(self) -> Result<HttpResponse, OAuthError> {
        let mut text = Vec::with_capacity(CLAIMS_BYTES);
        serde_json::to_writer(&mut text, &self).map_err(Problem::internal)?;
        Ok(HttpResponse::Ok().content_type(ContentType::json()).body(text))
    }
}

pub async fn revocation(
    request: HttpRequest,
    context: web::Data<Context>,
    visit: Visit,
    form: Form<GivenTokenForm>,
) -> Result<HttpResponse, OAuthError> {
    let shown = form.0.credentials(&request)?;
    revoke_token(&context, &visit, &shown, &form.0.token).await?;
    Ok(HttpResponse::Ok().finish())
}
