//! One provider: who Keystead is there, what is known of it, and how many wait for it.

use std::sync::Arc;

use oauth2::{AuthType, AuthUrl, ClientId, ClientSecret, CsrfToken, RedirectUrl, Scope};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;
use url::Url;

use super::cached::Pace;
use super::error::OauthError;
use super::github::GitHub;
use super::messages::{Account, Asked, Redeem};
use super::openid::OpenId;
use super::outgoing::Outgoing;
use super::tokens::TokenClient;
use crate::config::oauth::{ProviderKind, ProviderSettings};
use crate::domain::clock::{Clock, Deadline};
use crate::domain::provider::{GOOGLE, ProviderName};

/// Sign-ins that wait for one provider at once. A sign-in takes some tenths of a second, so this is fifty and more a
/// second; a provider that does not answer at all costs no more than this many small tasks.
pub(super) const PLACES: u16 = 32;

/// What the actor has for all providers.
#[derive(Clone)]
pub(super) struct Answering {
    pub outgoing: Outgoing,
    pub clock: Clock,
}

pub(super) struct Provider {
    pub name: ProviderName,
    pub display_name: String,
    pub places: Arc<Semaphore>,
    client_id: String,
    client_secret: SecretString,
    kind: Kind,
}

enum Kind {
    OpenId(Box<OpenId>),
    GitHub(GitHub),
}

impl Provider {
    pub fn new(settings: ProviderSettings, pace: Pace) -> Self {
        let kind = match settings.kind {
            ProviderKind::OpenId { issuer, scopes, roles } => {
                Kind::OpenId(Box::new(OpenId::new(issuer, scopes, roles, pace)))
            }
            ProviderKind::GitHub { url, api_url } => Kind::GitHub(GitHub { url, api_url }),
        };
        let ProviderSettings { name, display_name, client_id, client_secret, .. } = settings;
        Self { name, display_name, places: Arc::new(Semaphore::new(PLACES.into())), client_id, client_secret, kind }
    }

    /// Where the browser goes.
    ///
    /// # Errors
    /// [`OauthError`]: the metadata could not be read.
    pub async fn authorize(&self, at: &Answering, asked: Asked, deadline: Deadline) -> Result<Url, OauthError> {
        let (endpoint, scopes, mut extra) = match &self.kind {
            Kind::OpenId(openid) => {
                let metadata = openid.metadata(at, deadline).await?;
                let endpoint = metadata.authorization_endpoint().clone();
                (endpoint, openid.scopes.clone(), vec![("nonce", asked.nonce)])
            }
            Kind::GitHub(github) => (github.authorization_endpoint()?, GitHub::scopes(), Vec::new()),
        };
        if asked.prompt_login {
            extra.extend(self.prompt());
        }
        extra.push(("code_challenge", asked.code_challenge.text()));
        extra.push(("code_challenge_method", "S256".to_owned()));
        let client = self.client(&asked.redirect_uri)?.set_auth_uri(endpoint);
        let request =
            client.authorize_url(|| CsrfToken::new(asked.state)).add_scopes(scopes.into_iter().map(Scope::new));
        let request = extra.into_iter().fold(request, |request, (name, value)| request.add_extra_param(name, value));
        Ok(request.url().0)
    }

    /// Who it is that came back.
    ///
    /// # Errors
    /// [`OauthError`]; the code is spent at the provider, unless it was never sent there.
    pub async fn redeem(&self, at: &Answering, redeem: Redeem, deadline: Deadline) -> Result<Account, OauthError> {
        match &self.kind {
            Kind::OpenId(openid) => openid.redeem(self, at, redeem, deadline).await,
            Kind::GitHub(github) => github.redeem(self, at, redeem, deadline).await,
        }
    }

    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Keystead as this provider knows it.
    ///
    /// # Errors
    /// [`OauthError::Malformed`] when `redirect_uri` is none.
    pub fn client(&self, redirect_uri: &Url) -> Result<TokenClient, OauthError> {
        let secret = ClientSecret::new(self.client_secret.expose_secret().to_owned());
        let redirect_uri = RedirectUrl::new(redirect_uri.as_str().to_owned()).map_err(|_| OauthError::Malformed)?;
        let client = TokenClient::new(ClientId::new(self.client_id.clone())).set_client_secret(secret);
        Ok(client.set_redirect_uri(redirect_uri).set_auth_type(AuthType::BasicAuth))
    }

    /// OpenID Connect Core 1.0, section 3.1.2.1. Google and GitHub let people choose an account and do no more.
    fn prompt(&self) -> Vec<(&'static str, String)> {
        match &self.kind {
            Kind::OpenId(_) if self.name.as_str() != GOOGLE => {
                vec![("prompt", "login".to_owned()), ("max_age", "0".to_owned())]
            }
            Kind::OpenId(_) | Kind::GitHub(_) => vec![("prompt", "select_account".to_owned())],
        }
    }
}

/// # Errors
/// [`OauthError::Malformed`] when it is no URL.
pub(super) fn authorization_url(text: String) -> Result<AuthUrl, OauthError> {
    AuthUrl::new(text).map_err(|_| OauthError::Malformed)
}
