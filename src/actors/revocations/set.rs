//! What is revoked, as a set that many threads ask at once.

use std::sync::atomic::{AtomicI64, Ordering};

use dashmap::DashMap;
use uuid::Uuid;

use crate::domain::access_token::AccessClaims;
use crate::domain::clock::Timestamp;
use crate::domain::revocation::{Revocation, What};

/// What becomes of an access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Live,
    /// The session has ended.
    Ended,
    /// The session lives on, but what the token claims of its holder is no longer true. A refresh brings the new.
    Stale,
}

/// One raise of a user's epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Raise {
    epoch: i64,
    except: Option<Uuid>,
    expires_at: Timestamp,
}

/// Grows with the number of live revocations, not with time: a row leaves when the last token that it concerns has
/// expired, at the full reading that follows.
#[derive(Debug, Default)]
pub struct RevocationSet {
    sessions: DashMap<Uuid, Timestamp>,
    users: DashMap<Uuid, Vec<Raise>>,
    claims: DashMap<Uuid, (i64, Timestamp)>,
    /// Microseconds: tokens issued before then have ended, or are stale.
    all_before: AtomicI64,
    all_claims_before: AtomicI64,
}

impl RevocationSet {
    /// Learning the same twice changes nothing.
    pub fn learn(&self, revocation: &Revocation) {
        let expires_at = revocation.expires_at;
        match revocation.what {
            What::Session { session_id, .. } => {
                self.sessions.insert(session_id, expires_at);
            }
            What::User { user_id, epoch, except } => {
                let raise = Raise { epoch, except, expires_at };
                let mut raises = self.users.entry(user_id).or_default();
                if !raises.contains(&raise) {
                    raises.push(raise);
                }
            }
            What::Claims { user_id, version } => {
                let mut known = self.claims.entry(user_id).or_insert((version, expires_at));
                *known = (known.0.max(version), known.1.max(expires_at));
            }
            What::All => {
                self.all_before.fetch_max(revocation.at.as_micros(), Ordering::AcqRel);
            }
            What::AllClaims => {
                self.all_claims_before.fetch_max(revocation.at.as_micros(), Ordering::AcqRel);
            }
        }
    }

    pub fn standing(&self, claims: &AccessClaims) -> Standing {
        // A token's `iat` counts whole seconds: one issued within the second of the revocation counts as before it.
        let issued = claims.iat.saturating_mul(1_000_000);
        if issued <= self.all_before.load(Ordering::Acquire) || self.has_ended(claims) {
            return Standing::Ended;
        }
        let is_older = self.claims.get(&claims.sub).is_some_and(|known| claims.ver < known.0);
        if is_older || issued <= self.all_claims_before.load(Ordering::Acquire) {
            return Standing::Stale;
        }
        Standing::Live
    }

    fn has_ended(&self, claims: &AccessClaims) -> bool {
        let Some(session_id) = claims.sid else {
            return false;
        };
        let ends = |raise: &Raise| claims.epoch < raise.epoch && raise.except != Some(session_id);
        self.sessions.contains_key(&session_id)
            || self.users.get(&claims.sub).is_some_and(|raises| raises.iter().any(ends))
    }

    pub fn role_definitions_changed_at(&self) -> Timestamp {
        Timestamp::from_micros(self.all_claims_before.load(Ordering::Acquire))
    }

    /// Lets go of what concerns no living token any more.
    pub fn forget_expired(&self, now: Timestamp) {
        self.sessions.retain(|_, expires_at| *expires_at > now);
        self.claims.retain(|_, (_, expires_at)| *expires_at > now);
        self.users.retain(|_, raises| {
            raises.retain(|raise| raise.expires_at > now);
            !raises.is_empty()
        });
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const TTL: Duration = Duration::from_mins(15);

    fn claims(sub: Uuid, sid: Uuid) -> AccessClaims {
        AccessClaims { sub, sid: Some(sid), epoch: 1, ver: 1, iat: 1_000, ..AccessClaims::for_tests() }
    }

    fn learnt(what: What) -> RevocationSet {
        let set = RevocationSet::default();
        let revocation = Revocation::new(Timestamp::from_micros(1_000_500_000), what, "test", TTL);
        set.learn(&revocation);
        set.learn(&revocation);
        set
    }

    #[test]
    fn each_kind_ends_what_it_names_and_nothing_else() {
        let (user, other, session, kept) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
        let mine = claims(user, session);
        let others = claims(other, kept);
        let ended = |what| (learnt(what).standing(&mine), learnt(what).standing(&others));
        assert_eq!(ended(What::Session { session_id: session, user_id: user }), (Standing::Ended, Standing::Live));
        assert_eq!(ended(What::User { user_id: user, epoch: 2, except: None }), (Standing::Ended, Standing::Live));
        assert_eq!(ended(What::User { user_id: user, epoch: 1, except: None }), (Standing::Live, Standing::Live));
        assert_eq!(
            ended(What::User { user_id: user, epoch: 2, except: Some(session) }),
            (Standing::Live, Standing::Live)
        );
        assert_eq!(ended(What::Claims { user_id: user, version: 2 }), (Standing::Stale, Standing::Live));
        assert_eq!(ended(What::All), (Standing::Ended, Standing::Ended));
        assert_eq!(ended(What::AllClaims), (Standing::Stale, Standing::Stale));
    }

    #[test]
    fn a_session_kept_once_is_ended_by_the_next_raise() {
        let (user, session) = (Uuid::now_v7(), Uuid::now_v7());
        let set = learnt(What::User { user_id: user, epoch: 2, except: Some(session) });
        set.learn(&Revocation::new(
            Timestamp::from_micros(2),
            What::User { user_id: user, epoch: 3, except: None },
            "test",
            TTL,
        ));
        assert_eq!(set.standing(&claims(user, session)), Standing::Ended);
    }

    #[test]
    fn what_concerns_no_living_token_is_forgotten() {
        let (user, session) = (Uuid::now_v7(), Uuid::now_v7());
        let set = learnt(What::Session { session_id: session, user_id: user });
        set.forget_expired(Timestamp::from_micros(1_000_600_000));
        assert_eq!(set.standing(&claims(user, session)), Standing::Ended);
        set.forget_expired(Timestamp::from_micros(i64::MAX));
        assert_eq!(set.standing(&claims(user, session)), Standing::Live);
    }
}
