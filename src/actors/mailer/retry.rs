//! When a mail that could not be sent is tried again, and when no more.

use std::time::Duration;

use crate::domain::clock::Timestamp;

/// The first pause; each later one is three times as long.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const GROWTH: u32 = 3;
const LONGEST_PAUSE: Duration = Duration::from_mins(15);
/// After a day the tokens in it are dead, and its news is old.
pub(super) const LONGEST_LIFE: Duration = Duration::from_hours(24);
/// For what the server refuses for good: after 5, 15, 45 and 135 seconds it has refused five times, and it means it.
const TRIES_OF_THE_REFUSED: i64 = 5;

/// Why a mail was not sent. Its text goes into the log: no address, no link, nothing that a mail server said.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Failure {
    /// It may go better later.
    #[error("{0}")]
    Passing(String),
    /// The server refused this mail with a 5xx.
    #[error("{0}")]
    Refused(String),
    /// No later attempt can do better.
    #[error("{0}")]
    Hopeless(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Again at this moment.
    At(Timestamp),
    Never,
}

/// `attempts`: with the one that failed.
pub(super) fn judge(failure: &Failure, attempts: i64, created_at: Timestamp, now: Timestamp) -> Verdict {
    let again_at = now.plus(pause(attempts).mul_f64(rand::random_range(0.75..1.0)));
    let has_tries_left = match failure {
        Failure::Passing(_) => true,
        Failure::Refused(_) => attempts < TRIES_OF_THE_REFUSED,
        Failure::Hopeless(_) => false,
    };
    if has_tries_left && again_at < created_at.plus(LONGEST_LIFE) { Verdict::At(again_at) } else { Verdict::Never }
}

/// The pause after so many attempts, before chance shortens it by up to a quarter: a thousand mails that failed together
/// must not come back together.
fn pause(attempts: i64) -> Duration {
    // 3^6 × 5 s is beyond the longest already.
    let exponent = u32::try_from(attempts.saturating_sub(1).clamp(0, 6)).unwrap_or_default();
    (FIRST_PAUSE * GROWTH.pow(exponent)).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREATED: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

    fn passing() -> Failure {
        Failure::Passing("451".to_owned())
    }

    #[test]
    fn pauses_grow_to_a_quarter_of_an_hour() {
        let pauses: Vec<u64> = (0..9).map(|attempts| pause(attempts).as_secs()).collect();
        assert_eq!(pauses, [5, 5, 15, 45, 135, 405, 900, 900, 900]);
        assert_eq!(pause(i64::MAX).as_secs(), 900);
        for attempts in 1..20 {
            let Verdict::At(again_at) = judge(&passing(), attempts, CREATED, CREATED) else { panic!() };
            let wait = again_at.since(CREATED);
            assert!(wait <= pause(attempts) && wait >= pause(attempts).mul_f64(0.75), "{attempts}: {wait:?}");
        }
    }

    #[test]
    fn a_passing_failure_is_tried_for_a_day_and_a_refusal_five_times() {
        let nearly = CREATED.plus(LONGEST_LIFE).minus(Duration::from_mins(16));
        assert!(matches!(judge(&passing(), 200, CREATED, nearly), Verdict::At(_)));
        assert_eq!(judge(&passing(), 1, CREATED, CREATED.plus(LONGEST_LIFE)), Verdict::Never);
        let refused = Failure::Refused("550".to_owned());
        assert!(matches!(judge(&refused, 4, CREATED, CREATED), Verdict::At(_)));
        assert_eq!(judge(&refused, 5, CREATED, CREATED), Verdict::Never);
        assert_eq!(judge(&Failure::Hopeless(String::new()), 1, CREATED, CREATED), Verdict::Never);
    }

    #[test]
    fn a_server_that_was_away_for_ten_minutes_gets_the_mail_within_a_quarter_of_an_hour() {
        let (mut now, mut attempts) = (CREATED, 1);
        while now.since(CREATED) < Duration::from_mins(10) {
            let Verdict::At(again_at) = judge(&passing(), attempts, CREATED, now) else { panic!() };
            (now, attempts) = (again_at, attempts + 1);
        }
        assert!(now.since(CREATED) <= Duration::from_mins(26), "{:?} after {attempts} attempts", now.since(CREATED));
    }
}
