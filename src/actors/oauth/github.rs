//! GitHub, which speaks OAuth 2.0 and tells of people by its API.

use oauth2::{AuthType, AuthUrl, TokenResponse as _, TokenUrl, http};
use serde::Deserialize;

use super::error::OauthError;
use super::messages::{Account, Redeem};
use super::outgoing::{get, json};
use super::provider::{Answering, Provider, authorization_url};
use super::tokens;
use crate::domain::clock::Deadline;
use crate::domain::email::Email;
use crate::domain::profile::DisplayName;
use crate::domain::provider::Subject;

/// Of the API, so that its answers stay as they are known here.
const API_VERSION: &str = "2022-11-28";
/// The most on one page; nobody has more addresses.
const EMAILS: &str = "/user/emails?per_page=100";

pub(super) struct GitHub {
    /// Both without a slash at their ends.
    pub url: String,
    pub api_url: String,
}

/// <https://docs.github.com/en/rest/users/users>
#[derive(Deserialize)]
struct User {
    /// Never changes and is never given again, unlike the login.
    id: u64,
    name: Option<String>,
}

/// <https://docs.github.com/en/rest/users/emails>
#[derive(Deserialize)]
struct Address {
    email: String,
    primary: bool,
    verified: bool,
}

impl GitHub {
    pub fn authorization_endpoint(&self) -> Result<AuthUrl, OauthError> {
        authorization_url(format!("{}/login/oauth/authorize", self.url))
    }

    /// To read who they are, and their addresses, and no more.
    pub fn scopes() -> Vec<String> {
        ["read:user", "user:email"].map(str::to_owned).to_vec()
    }

    /// # Errors
    /// [`OauthError`].
    pub async fn redeem(
        &self,
        provider: &Provider,
        at: &Answering,
        redeem: Redeem,
        deadline: Deadline,
    ) -> Result<Account, OauthError> {
        if redeem.iss.as_deref().is_some_and(|iss| !self.is_named_by(iss)) {
            return Err(OauthError::IssuerMismatch);
        }
        let endpoint = TokenUrl::new(format!("{}/login/oauth/access_token", self.url));
        let client = provider.client(&redeem.redirect_uri)?.set_auth_type(AuthType::RequestBody);
        let endpoint = endpoint.map_err(|_| OauthError::Malformed)?;
        let answer = tokens::exchange(client, endpoint, &redeem, &at.outgoing, deadline).await?;
        let bearer = format!("Bearer {}", answer.access_token().secret());
        let (user, emails) = (self.question("/user", &bearer)?, self.question(EMAILS, &bearer)?);
        let (user, emails) = (at.outgoing.send(user, deadline), at.outgoing.send(emails, deadline));
        let (user, emails) = futures_util::future::try_join(user, emails).await?;
        let (user, emails): (User, Vec<Address>) = (json(&user)?, json(&emails)?);
        let primary = emails.into_iter().find(|address| address.primary);
        let email_verified = primary.as_ref().is_some_and(|address| address.verified);
        let email = primary.and_then(|address| Email::parse(&address.email).ok());
        Ok(Account {
            provider: provider.name.clone(),
            issuer: self.url.clone(),
            subject: Subject::parse(&user.id.to_string()).ok_or(OauthError::Malformed)?,
            email_verified: email_verified && email.is_some(),
            email,
            name: user.name.and_then(|name| DisplayName::parse(&name).ok()),
            auth_time: None,
            roles: None,
        })
    }

    fn question(&self, path: &str, bearer: &str) -> Result<oauth2::HttpRequest, OauthError> {
        let version = http::HeaderName::from_static("x-github-api-version");
        let url = format!("{}{path}", self.api_url);
        get(&url, &[(http::header::AUTHORIZATION, bearer), (version, API_VERSION)])
    }

    /// GitHub promises no `iss`; its own metadata names the issuer with this path.
    fn is_named_by(&self, iss: &str) -> bool {
        iss == self.url || iss.strip_prefix(&self.url) == Some("/login/oauth")
    }
}
