//! A revocation: what ends access tokens before they expire.

use std::time::Duration;

use uuid::Uuid;

use super::clock::Timestamp;

/// Kept a little longer than the tokens it concerns, which are accepted with five seconds of leeway, by nodes whose
/// clocks may differ by two.
const KEPT_LONGER: Duration = Duration::from_secs(30);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    pub id: Uuid,
    /// When it was written. What it ends was issued before.
    pub at: Timestamp,
    pub what: What,
    pub reason: String,
    /// When the last access token that it concerns has expired.
    pub expires_at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// One session ended.
    Session { session_id: Uuid, user_id: Uuid },
    /// Every session of a user ended that is of an epoch before `epoch`, but the one that is kept.
    User { user_id: Uuid, epoch: i64, except: Option<Uuid> },
    /// A user's roles changed: access tokens of a version before this are stale.
    Claims { user_id: Uuid, version: i64 },
    /// Every session of everybody ended.
    All,
    /// A role's definition changed: every access token issued before is stale.
    AllClaims,
}

impl What {
    /// The word for it in the table.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Session { .. } => "session",
            Self::User { .. } => "user",
            Self::Claims { .. } => "claims",
            Self::All => "all",
            Self::AllClaims => "all_claims",
        }
    }
}

impl Revocation {
    /// `access_ttl`: how long the tokens live that it concerns.
    pub fn new(at: Timestamp, what: What, reason: &str, access_ttl: Duration) -> Self {
        let expires_at = at.plus(access_ttl + KEPT_LONGER);
        Self { id: Uuid::now_v7(), at, what, reason: reason.to_owned(), expires_at }
    }
}
