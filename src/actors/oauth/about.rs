//! What a provider tells of somebody, in its ID token, at its userinfo endpoint, or both.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::error::OauthError;
use super::messages::Account;
use crate::config::oauth::RoleMapping;
use crate::domain::clock::Timestamp;
use crate::domain::email::Email;
use crate::domain::profile::DisplayName;
use crate::domain::provider::{ProviderName, Subject};

/// Standard claims by their names (OpenID Connect Core 1.0, section 5.1), and all others.
#[derive(Deserialize)]
pub(super) struct About {
    pub sub: Option<String>,
    pub email: Option<String>,
    pub email_verified: Option<bool>,
    pub name: Option<String>,
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

impl About {
    /// Whether something was asked for and is not here. Issuers tell most of it at their userinfo endpoint only
    /// (section 5.4).
    pub fn lacks_what_is_asked(&self, roles: Option<&RoleMapping>, scopes: &[String]) -> bool {
        let asked_for = |scope: &str| scopes.iter().any(|asked| asked == scope);
        let lacks_roles = roles.is_some_and(|mapping| claim(&self.others, &mapping.claim).is_none());
        lacks_roles || asked_for("email") && self.email.is_none() || asked_for("profile") && self.name.is_none()
    }

    /// With what the userinfo endpoint tells besides.
    ///
    /// # Errors
    /// [`OauthError::WrongSubject`] unless it is about `subject` (section 5.3.2).
    pub fn completed_by(self, more: Self, subject: &str) -> Result<Self, OauthError> {
        if more.sub.as_deref() != Some(subject) {
            return Err(OauthError::WrongSubject);
        }
        // An address and its confirmation belong together and are taken from one source.
        let (email, email_verified) = match self.email {
            Some(email) => (Some(email), self.email_verified),
            None => (more.email, more.email_verified),
        };
        let mut others = more.others;
        others.extend(self.others);
        Ok(Self { sub: self.sub, email, email_verified, name: self.name.or(more.name), others })
    }

    pub fn account(
        self,
        provider: ProviderName,
        issuer: String,
        subject: Subject,
        auth_time: Option<Timestamp>,
        roles: Option<&RoleMapping>,
    ) -> Account {
        let email = self.email.and_then(|text| Email::parse(&text).ok());
        let email_verified = email.is_some() && self.email_verified == Some(true);
        let name = self.name.and_then(|text| DisplayName::parse(&text).ok());
        let roles = roles.map(|mapping| granted(mapping, &self.others));
        Account { provider, issuer, subject, email, email_verified, name, auth_time, roles }
    }
}

/// The roles that the values of a claim give. A claim that is not there gives none.
fn granted(mapping: &RoleMapping, claims: &Map<String, Value>) -> Vec<String> {
    let values: Vec<&str> = match claim(claims, &mapping.claim) {
        Some(Value::String(value)) => vec![value],
        Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).collect(),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => Vec::new(),
    };
    let pairs = mapping.roles.iter().filter(|(value, _)| values.contains(&value.as_str()));
    let mut roles: Vec<_> = pairs.map(|(_, role)| role.clone()).collect();
    roles.sort_unstable();
    roles.dedup();
    roles
}

/// By its whole name, which may be a URL with dots in it, or else by a path into objects.
fn claim<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    claims.get(name).or_else(|| {
        let (first, rest) = name.split_once('.')?;
        claim(claims.get(first)?.as_object()?, rest)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn about(value: Value) -> About {
        serde_json::from_value(value).unwrap()
    }

    fn roles(claim: &str, claims: Value) -> Vec<String> {
        let pairs = [("admins", "admin"), ("staff", "user"), ("staff", "editor"), ("bosses", "admin")];
        let pairs = pairs.map(|(value, role)| (value.to_owned(), role.to_owned()));
        granted(&RoleMapping { claim: claim.to_owned(), roles: pairs.into() }, &about(claims).others)
    }

    #[test]
    fn roles_come_from_values_of_a_claim_and_from_nothing_else() {
        assert_eq!(roles("groups", json!({ "groups": ["staff", "bosses", "admins", 7] })), ["admin", "editor", "user"]);
        assert_eq!(roles("groups", json!({ "groups": "admins" })), ["admin"]);
        assert_eq!(roles("realm.roles", json!({ "realm": { "roles": ["admins"] } })), ["admin"]);
        assert_eq!(roles("https://a.example/roles", json!({ "https://a.example/roles": ["admins"] })), ["admin"]);
        for claims in [
            json!({}),
            json!({ "groups": null }),
            json!({ "groups": { "admins": true } }),
            json!({ "groups": ["Admins", "admin"] }),
        ] {
            assert!(roles("groups", claims).is_empty());
        }
    }

    #[test]
    fn an_address_and_its_confirmation_are_from_one_source() {
        let unsure = about(json!({ "email": "a@example.org" }));
        let more = || about(json!({ "sub": "s", "email": "b@example.org", "email_verified": true, "name": "B" }));
        let whole = unsure.completed_by(more(), "s").ok().unwrap();
        assert_eq!((whole.email.as_deref(), whole.email_verified), (Some("a@example.org"), None));
        assert_eq!(whole.name.as_deref(), Some("B"));
        assert_eq!(about(json!({})).completed_by(more(), "other").err(), Some(OauthError::WrongSubject));
        assert_eq!(about(json!({})).completed_by(about(json!({})), "s").err(), Some(OauthError::WrongSubject));
    }

    #[test]
    fn what_was_asked_for_and_is_not_there_is_missed() {
        let scopes = ["openid".to_owned(), "email".to_owned()];
        assert!(about(json!({ "name": "A" })).lacks_what_is_asked(None, &scopes));
        assert!(!about(json!({ "email": "a@example.org" })).lacks_what_is_asked(None, &scopes));
        let mapping = RoleMapping { claim: "groups".to_owned(), roles: Vec::new() };
        assert!(about(json!({ "email": "a@example.org" })).lacks_what_is_asked(Some(&mapping), &scopes));
        assert!(!about(json!({ "groups": [] })).lacks_what_is_asked(Some(&mapping), &scopes[..1]));
    }
}
