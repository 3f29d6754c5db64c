//! Refresh tokens: how one is written and recognised, and what is to be done with one that is presented.
//!
//! The token is derived, never stored. The table holds one row a family (one sign-in on one device) with the newest
//! generation; rotation moves that number by one.

use std::time::Duration;

use secrecy::SecretString;
use uuid::Uuid;

use super::clock::Timestamp;
use super::mac_key::MacKey;
pub use super::opaque::NotAToken;
use super::token_frame::{Frame, Kind};

const KIND: Kind = Kind { prefix: "ksr_", label: "keystead refresh token" };
/// The family's id and the generation, big-endian.
const BODY_BYTES: usize = 16 + 4;

/// One generation of one family, under the MAC key to which the family is pinned for life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshToken {
    pub mac_key_id: Uuid,
    pub family: Uuid,
    /// Counts rotations. At one a second it would last 136 years.
    pub generation: u32,
}

impl RefreshToken {
    /// The token's text, the same for the same parts: 96 characters. `key` is the one that `mac_key_id` names.
    pub fn mint(&self, key: &MacKey) -> SecretString {
        let mut body = [0; BODY_BYTES];
        let (family, generation) = body.split_at_mut(16);
        family.copy_from_slice(self.family.as_bytes());
        generation.copy_from_slice(&self.generation.to_be_bytes());
        KIND.mint(self.mac_key_id, &body, key)
    }

    /// Reads a token without believing it.
    ///
    /// # Errors
    /// [`NotAToken`] for anything that is not the one spelling of some refresh token.
    pub fn parse(text: &str) -> Result<Presented, NotAToken> {
        KIND.read(text).map(Presented)
    }
}

/// A refresh token that was read and not yet verified.
#[derive(Clone)]
pub struct Presented(Frame<BODY_BYTES>);

impl Presented {
    /// Which key has to verify it. Whoever sent the token may have chosen it, so it is only to be looked up.
    pub fn mac_key_id(&self) -> Uuid {
        self.0.mac_key_id
    }

    /// The token's parts, where `key` made it; in constant time.
    pub fn verify(&self, key: &MacKey) -> Option<RefreshToken> {
        let (family, generation) = KIND.verify(&self.0, key)?.split_first_chunk()?;
        let generation = u32::from_be_bytes(generation.try_into().ok()?);
        Some(RefreshToken { mac_key_id: self.0.mac_key_id, family: Uuid::from_bytes(*family), generation })
    }
}

/// What the tables say of a family and its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Family {
    /// The newest generation, the head.
    pub generation: u32,
    pub rotated_at: Option<Timestamp>,
    /// The attempt that made the head.
    pub rotated_by: Option<Uuid>,
    /// The idle time-out; slides with each rotation.
    pub expires_at: Timestamp,
    pub revoked: bool,
    /// The absolute time-out.
    pub session_expires_at: Timestamp,
    pub session_revoked: bool,
    /// Whether the session is of its user's present `auth_epoch`.
    pub epoch_is_current: bool,
}

/// What a presented generation is to its family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The newest: rotate.
    Head,
    /// This very attempt has rotated already, and only the answer to its COMMIT was lost: hand out the head.
    MyOwn,
    /// The one before the head, soon after the rotation: hand out the head again, rotate nothing.
    InGrace,
    /// Used before: somebody holds a copy. The session ends.
    Reused,
    /// Newer than the head: the database was put back to an older state. The session ends.
    RolledBack,
    SessionRevoked,
    SessionExpired,
}

/// Judges a verified token of this family, presented in the course of `attempt`.
///
/// An ended session is just that whatever the generation, and revoked is said before expired. A time-out holds from
/// its very microsecond on. With a `grace` of zero there is none, not even within the microsecond of the rotation; a
/// rotation that seems to lie ahead, because another node's clock does, counts as just now.
pub fn judge(family: &Family, presented_generation: u32, attempt: Uuid, now: Timestamp, grace: Duration) -> Verdict {
    if family.revoked || family.session_revoked || !family.epoch_is_current {
        return Verdict::SessionRevoked;
    }
    if now >= family.session_expires_at || now >= family.expires_at {
        return Verdict::SessionExpired;
    }
    if presented_generation == family.generation {
        return Verdict::Head;
    }
    if presented_generation > family.generation {
        return Verdict::RolledBack;
    }
    if presented_generation.checked_add(1) != Some(family.generation) {
        return Verdict::Reused;
    }
    if family.rotated_by == Some(attempt) {
        return Verdict::MyOwn;
    }
    let fresh = family.rotated_at.is_some_and(|rotated_at| now.since(rotated_at) <= grace);
    if fresh && !grace.is_zero() { Verdict::InGrace } else { Verdict::Reused }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use secrecy::ExposeSecret;

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_000_000_000);
    const ME: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);
    const GRACE: Duration = Duration::from_secs(10);

    /// Rotated by somebody else, just now, into its fifth generation.
    fn family() -> Family {
        let later = NOW.plus(Duration::from_mins(1));
        Family {
            generation: 5,
            rotated_at: Some(NOW),
            rotated_by: Some(OTHER),
            expires_at: later,
            revoked: false,
            session_expires_at: later,
            session_revoked: false,
            epoch_is_current: true,
        }
    }

    #[test]
    fn a_token_is_made_of_its_parts_and_verified_into_them() {
        let key = MacKey::from_bytes(&[7; 32]).unwrap();
        let token = RefreshToken { mac_key_id: ME, family: OTHER, generation: 0x0102_0304 };
        let text = token.mint(&key);
        // From another implementation (Python's hmac and base64). If this changes, everybody is logged out.
        let known = "ksr_AQAAAAAAAAAAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAACAQIDBCQEifVixUH7Ug7MpLc2JCZ90ytcLQzcZ92iD62Mz4ZK";
        assert_eq!(text.expose_secret(), known);
        let presented = RefreshToken::parse(text.expose_secret()).unwrap();
        assert_eq!(presented.mac_key_id(), ME);
        assert_eq!(presented.verify(&key), Some(token));
        assert_eq!(presented.verify(&MacKey::random()), None);
        assert!(RefreshToken::parse("").is_err() && RefreshToken::parse("ksr_").is_err());
    }

    #[test]
    fn a_generation_is_judged_by_its_distance_from_the_head() {
        use Verdict::{Head, InGrace, Reused, RolledBack};
        let verdicts = [3, 4, 5, 6, u32::MAX].map(|presented| judge(&family(), presented, ME, NOW, GRACE));
        assert_eq!(verdicts, [Reused, InGrace, Head, RolledBack, RolledBack]);
        let last = Family { generation: u32::MAX, ..family() };
        assert_eq!(judge(&last, u32::MAX, ME, NOW, GRACE), Head);
        assert_eq!(judge(&last, u32::MAX - 1, ME, NOW, GRACE), InGrace);
        let new = Family { generation: 0, rotated_at: None, rotated_by: None, ..family() };
        assert_eq!(judge(&new, 0, ME, NOW, GRACE), Head);
    }

    #[test]
    fn the_grace_ends_after_its_last_microsecond_and_zero_is_none() {
        let rotated = |ago: Duration| Family { rotated_at: Some(NOW.minus(ago)), ..family() };
        let micro = Duration::from_micros(1);
        assert_eq!(judge(&rotated(GRACE), 4, ME, NOW, GRACE), Verdict::InGrace);
        assert_eq!(judge(&rotated(GRACE + micro), 4, ME, NOW, GRACE), Verdict::Reused);
        assert_eq!(judge(&rotated(Duration::ZERO), 4, ME, NOW, Duration::ZERO), Verdict::Reused);
        let ahead = Family { rotated_at: Some(NOW.plus(micro)), ..family() };
        assert_eq!(judge(&ahead, 4, ME, NOW, GRACE), Verdict::InGrace);
        assert_eq!(judge(&ahead, 4, ME, NOW, Duration::ZERO), Verdict::Reused);
        let never = Family { rotated_at: None, ..family() };
        assert_eq!(judge(&never, 4, ME, NOW, GRACE), Verdict::Reused);
    }

    #[test]
    fn my_own_rotation_is_never_reuse_but_somebody_elses_is() {
        let mine = Family { rotated_by: Some(ME), ..family() };
        for grace in [Duration::ZERO, GRACE] {
            assert_eq!(judge(&mine, 4, ME, NOW, grace), Verdict::MyOwn);
            assert_eq!(judge(&mine, 3, ME, NOW, grace), Verdict::Reused);
            assert_eq!(judge(&mine, 5, ME, NOW, grace), Verdict::Head);
        }
        assert_eq!(judge(&mine, 4, OTHER, NOW, Duration::ZERO), Verdict::Reused);
    }

    /// Families in every state, with numbers close enough together to meet.
    fn families() -> impl Strategy<Value = Family> {
        let moment = || (-3_i64..4).prop_map(|micros| Timestamp::from_micros(NOW.as_micros() + micros));
        let attempt = prop::option::of(prop_oneof![Just(ME), Just(OTHER)]);
        let numbers = prop_oneof![0_u32..4, u32::MAX - 3..=u32::MAX];
        (numbers, prop::option::of(moment()), attempt, moment(), moment(), any::<[bool; 3]>()).prop_map(
            |(generation, rotated_at, rotated_by, expires_at, session_expires_at, flags)| {
                let [revoked, session_revoked, epoch_is_current] = flags;
                Family {
                    generation,
                    rotated_at,
                    rotated_by,
                    expires_at,
                    revoked,
                    session_expires_at,
                    session_revoked,
                    epoch_is_current,
                }
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5_000))]

        #[test]
        fn what_judge_promises_holds_in_every_state(family in families(), grace_micros in 0_u64..4) {
            let grace = Duration::from_micros(grace_micros);
            let head = family.generation;
            let all = (0..5).map(|step: u32| head.wrapping_add(step).wrapping_sub(2));
            let verdicts: Vec<_> = all.map(|number| (number, judge(&family, number, ME, NOW, grace))).collect();

            let ended = family.revoked || family.session_revoked || !family.epoch_is_current;
            let expired = NOW >= family.expires_at || NOW >= family.session_expires_at;
            for (number, verdict) in verdicts {
                prop_assert_eq!(verdict == Verdict::SessionRevoked, ended);
                prop_assert_eq!(verdict == Verdict::SessionExpired, !ended && expired);
                let alive = !ended && !expired;
                prop_assert_eq!(verdict == Verdict::Head, alive && number == head);
                prop_assert_eq!(verdict == Verdict::RolledBack, alive && number > head);
                let previous = alive && number < head && head - number == 1;
                prop_assert_eq!(verdict == Verdict::MyOwn, previous && family.rotated_by == Some(ME));
                prop_assert!(verdict != Verdict::InGrace || (previous && grace_micros > 0));
            }
        }
    }
}
