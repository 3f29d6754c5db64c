//! What an access token says (RFC 9068), and for how long it is believed.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::clock::Timestamp;
use super::permission::Permissions;

/// `typ` of the header, so that no other JWT is taken for one (RFC 9068 §2.1).
pub const TYP: &str = "at+jwt";
/// `client_id` of tokens that an account got for itself, without a service client.
pub const FIRST_PARTY: &str = "keystead";
/// How long a sign-in counts as fresh, in seconds.
pub const FRESH_SECONDS: i64 = 5 * 60;
/// Accepted difference between the clocks of those who mint and those who verify, in seconds.
pub const LEEWAY_SECONDS: i64 = 5;

/// The claims. Every one is required and typed; `sid` alone is missing where there is no session, which is so for
/// service clients and nobody else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessClaims {
    pub iss: String,
    pub sub: Uuid,
    pub aud: String,
    /// Seconds since 1970, as `iat`, `nbf` and `auth_time`.
    pub exp: i64,
    pub iat: i64,
    pub nbf: i64,
    pub jti: Uuid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<Uuid>,
    /// The user's `auth_epoch` when it was minted.
    pub epoch: i64,
    /// The user's `claims_version` when it was minted.
    pub ver: i64,
    pub roles: Vec<String>,
    pub permissions: Vec<String>,
    /// RFC 8176.
    pub amr: Vec<String>,
    pub auth_time: i64,
    pub client_id: String,
}

impl AccessClaims {
    /// Whether a clock that shows `now` is inside of `nbf` … `exp`, with leeway.
    pub fn is_current(&self, now: Timestamp) -> bool {
        let now = now.unix_seconds();
        self.nbf <= now.saturating_add(LEEWAY_SECONDS) && now < self.exp.saturating_add(LEEWAY_SECONDS)
    }

    /// Whether somebody has shown a factor of late, for what asks for more than a session.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        now.unix_seconds() <= self.auth_time.saturating_add(FRESH_SECONDS)
    }

    /// What its bearer may do. A permission that this version cannot read permits nothing.
    pub fn held(&self) -> Permissions {
        self.permissions.iter().filter_map(|text| text.parse().ok()).collect()
    }

    /// A token without a session belongs to a service client, which is its own subject.
    pub fn is_consistent(&self) -> bool {
        self.sid.is_some() || self.client_id == self.sub.to_string()
    }

    #[cfg(test)]
    pub fn for_tests() -> Self {
        Self {
            iss: "https://issuer.test".into(),
            sub: Uuid::now_v7(),
            aud: "https://issuer.test".into(),
            exp: 2_000,
            iat: 1_000,
            nbf: 1_000,
            jti: Uuid::now_v7(),
            sid: Some(Uuid::now_v7()),
            epoch: 0,
            ver: 0,
            roles: Vec::new(),
            permissions: Vec::new(),
            amr: Vec::new(),
            auth_time: 1_000,
            client_id: FIRST_PARTY.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn believed_from_nbf_to_exp_with_five_seconds_either_way() {
        let claims = AccessClaims::for_tests();
        let at = |seconds: i64| claims.is_current(Timestamp::from_micros(seconds * 1_000_000));
        assert_eq!([994, 995, 2_004, 2_005].map(at), [false, true, true, false]);
    }

    #[test]
    fn fresh_for_five_minutes_after_the_factor_was_shown() {
        let claims = AccessClaims::for_tests();
        let at = |seconds: i64| claims.is_fresh(Timestamp::from_micros(seconds * 1_000_000));
        assert_eq!([1_000, 1_300, 1_301].map(at), [true, true, false]);
    }

    #[test]
    fn only_a_service_client_goes_without_a_session() {
        let orphan = AccessClaims { sid: None, ..AccessClaims::for_tests() };
        assert!(!orphan.is_consistent());
        assert!(AccessClaims { client_id: orphan.sub.to_string(), ..orphan }.is_consistent());
    }
}
