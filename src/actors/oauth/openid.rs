//! OpenID Connect: what an issuer says of itself, its keys, and what its ID tokens say of people.

use std::sync::Arc;

use oauth2::{AuthType, TokenResponse as _, TokenUrl, http};
use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType, CoreJsonWebKey,
    CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreResponseMode,
    CoreResponseType, CoreSubjectIdentifierType,
};
use openidconnect::{AdditionalProviderMetadata, ProviderMetadata, UserInfoUrl};
use serde::{Deserialize, Serialize};

use super::about::About;
use super::cached::{Cached, Pace};
use super::error::OauthError;
use super::id_token::{self, Expected};
use super::messages::{Account, Redeem};
use super::outgoing::{Outgoing, get, json};
use super::provider::{Answering, Provider};
use super::tokens;
use crate::config::oauth::RoleMapping;
use crate::domain::clock::Deadline;

pub(super) type Metadata = ProviderMetadata<
    Rfc9207,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// Whether the issuer names itself in every callback.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Rfc9207 {
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for Rfc9207 {}

pub(super) struct OpenId {
    issuer: String,
    pub scopes: Vec<String>,
    roles: Option<RoleMapping>,
    metadata: Cached<Metadata>,
    keys: Cached<CoreJsonWebKeySet>,
}

impl OpenId {
    pub fn new(issuer: String, scopes: Vec<String>, roles: Option<RoleMapping>, pace: Pace) -> Self {
        Self { issuer, scopes, roles, metadata: Cached::new(pace), keys: Cached::new(pace) }
    }

    /// # Errors
    /// [`OauthError`].
    pub async fn metadata(&self, at: &Answering, deadline: Deadline) -> Result<Arc<Metadata>, OauthError> {
        self.metadata.get(|| self.read_metadata(at, deadline)).await
    }

    /// OpenID Connect Discovery 1.0, section 4.
    async fn read_metadata(&self, at: &Answering, deadline: Deadline) -> Result<Metadata, OauthError> {
        let url = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let request = get(&url, &[])?;
        let metadata: Metadata = json(&at.outgoing.send(request, deadline).await?)?;
        // Byte by byte: whoever could put another one there would be it from then on (section 4.3).
        if metadata.issuer().as_str() != self.issuer {
            return Err(OauthError::IssuerMismatch);
        }
        self.check_endpoints(&metadata, &at.outgoing)?;
        Ok(metadata)
    }

    /// What an issuer names is held to what it is held to itself: one over https names nothing without.
    fn check_endpoints(&self, metadata: &Metadata, outgoing: &Outgoing) -> Result<(), OauthError> {
        let always = [metadata.authorization_endpoint().url(), metadata.jwks_uri().url()];
        let token_endpoint = metadata.token_endpoint().map(TokenUrl::url);
        let userinfo_endpoint = metadata.userinfo_endpoint().map(UserInfoUrl::url);
        for endpoint in always.into_iter().chain(token_endpoint).chain(userinfo_endpoint) {
            outgoing.check(endpoint)?;
            if self.issuer.starts_with("https://") && endpoint.scheme() != "https" {
                return Err(OauthError::Insecure);
            }
        }
        Ok(())
    }

    async fn read_keys(
        &self,
        metadata: &Metadata,
        at: &Answering,
        deadline: Deadline,
    ) -> Result<CoreJsonWebKeySet, OauthError> {
        let request = get(metadata.jwks_uri().as_str(), &[])?;
        json(&at.outgoing.send(request, deadline).await?)
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
        let metadata = self.metadata(at, deadline).await?;
        self.check_callback(&metadata, redeem.iss.as_deref())?;
        let endpoint = TokenUrl::from_url(metadata.token_endpoint().ok_or(OauthError::Malformed)?.url().clone());
        let client = provider.client(&redeem.redirect_uri)?.set_auth_type(auth_type(&metadata));
        let answer = tokens::exchange(client, endpoint, &redeem, &at.outgoing, deadline).await?;
        let id_token = answer.extra_fields().id_token.as_deref().ok_or(OauthError::Malformed)?;
        let now = at.clock.now();
        let expected =
            Expected { issuer: metadata.issuer(), client_id: provider.client_id(), nonce: &redeem.nonce, now };
        let keys = self.keys.get(|| self.read_keys(&metadata, at, deadline)).await?;
        let verified = match id_token::verify(id_token, &keys, &expected) {
            Err(OauthError::UnknownKey) => {
                let newer = self.keys.newer_than(&keys, || self.read_keys(&metadata, at, deadline)).await;
                let newer = newer.ok_or(OauthError::UnknownKey)?;
                id_token::verify(id_token, &newer, &expected)
            }
            verified => verified,
        }?;
        let mut about = verified.about;
        if about.lacks_what_is_asked(self.roles.as_ref(), &self.scopes)
            && let Some(endpoint) = metadata.userinfo_endpoint()
        {
            let bearer = format!("Bearer {}", answer.access_token().secret());
            let request = get(endpoint.as_str(), &[(http::header::AUTHORIZATION, &bearer)])?;
            let more: About = json(&at.outgoing.send(request, deadline).await?)?;
            about = about.completed_by(more, verified.subject.as_str())?;
        }
        Ok(about.account(
            provider.name.clone(),
            self.issuer.clone(),
            verified.subject,
            verified.auth_time,
            self.roles.as_ref(),
        ))
    }

    /// RFC 9207, section 2.4: before the code goes anywhere. Somebody who mixes two issuers up would otherwise be handed
    /// the one's code at the other.
    fn check_callback(&self, metadata: &Metadata, iss: Option<&str>) -> Result<(), OauthError> {
        let is_promised = metadata.additional_metadata().authorization_response_iss_parameter_supported;
        match iss {
            Some(iss) if iss != self.issuer => Err(OauthError::IssuerMismatch),
            None if is_promised => Err(OauthError::IssuerMismatch),
            Some(_) | None => Ok(()),
        }
    }
}

/// HTTP Basic is the default (OpenID Connect Core 1.0, section 9); in the body only where nothing else is offered.
fn auth_type(metadata: &Metadata) -> AuthType {
    let offered = metadata.token_endpoint_auth_methods_supported();
    let offers = |method: &CoreClientAuthMethod| offered.is_some_and(|methods| methods.contains(method));
    let only_post =
        offers(&CoreClientAuthMethod::ClientSecretPost) && !offers(&CoreClientAuthMethod::ClientSecretBasic);
    if only_post { AuthType::RequestBody } else { AuthType::BasicAuth }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::actors::oauth::SystemLookup;

    fn endpoint_at(issuer: &str, name: &str, endpoint: &str, allow_private_networks: bool) -> Result<(), OauthError> {
        let mut metadata = json!({
            "issuer": issuer,
            "authorization_endpoint": "https://id.example/authorize",
            "token_endpoint": "https://id.example/token",
            "userinfo_endpoint": "https://id.example/userinfo",
            "jwks_uri": "https://id.example/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        });
        metadata[name] = json!(endpoint);
        let openid = OpenId::new(issuer.to_owned(), Vec::new(), None, Pace::default());
        let outgoing = Outgoing::new(Arc::new(SystemLookup), allow_private_networks).unwrap();
        openid.check_endpoints(&serde_json::from_value(metadata).unwrap(), &outgoing)
    }

    #[test]
    fn no_endpoint_is_less_than_its_issuer() {
        for name in ["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"] {
            let https = |endpoint, allowed| endpoint_at("https://id.example", name, endpoint, allowed);
            assert_eq!(https("https://elsewhere.example/x", false), Ok(()), "{name}");
            assert_eq!(https("http://elsewhere.example/x", false), Err(OauthError::Insecure), "{name}");
            assert_eq!(https("https://10.0.0.1/x", false), Err(OauthError::PrivateAddress), "{name}");
            assert_eq!(https("https://[::ffff:a00:1]/x", false), Err(OauthError::PrivateAddress), "{name}");
            // Where private networks are allowed, too: what was https stays it.
            assert_eq!(https("https://10.0.0.1/x", true), Ok(()), "{name}");
            assert_eq!(https("http://10.0.0.1/x", true), Err(OauthError::Insecure), "{name}");
            assert_eq!(endpoint_at("http://10.0.0.1", name, "http://10.0.0.1/x", true), Ok(()), "{name}");
        }
    }
}
