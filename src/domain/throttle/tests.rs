use std::collections::BTreeSet;

use proptest::prelude::*;
use uuid::Uuid;

use super::super::network::Network;
use super::super::username::Claim;
use super::*;

const LIMITS: Limits = Limits { per_account: 10, per_network: 100 };
const START: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);
const MICRO: Duration = Duration::from_micros(1);

fn count(failures: u32, blocked_until: Option<Timestamp>) -> Count {
    Count { failures, first_failure_at: START, blocked_until }
}

fn judge(counts: &[(Kind, Count)], now: Timestamp) -> Option<TooManyAttempts> {
    let counts: Vec<_> = counts.iter().map(|&(kind, count)| (Counter { kind, key_hash: [0; 32] }, count)).collect();
    LIMITS.judge(&counts, now).map(|(_, wait)| wait)
}

fn wait(kind: Kind, count: Count, now: Timestamp) -> Option<Duration> {
    judge(&[(kind, count)], now).map(|wait| wait.retry_after)
}

#[test]
fn a_quota_holds_to_the_end_of_its_window_and_not_a_moment_longer() {
    let kinds = [
        (Kind::Account, 10, 900),
        (Kind::Device, 10, 900),
        (Kind::Network, 100, 900),
        (Kind::AccountDay, 90, 86_400),
        (Kind::DeviceDay, 10, 86_400),
    ];
    for (kind, quota, seconds) in kinds {
        let window = Duration::from_secs(seconds);
        assert_eq!(wait(kind, count(quota - 1, None), START), None, "{kind:?}");
        assert_eq!(wait(kind, count(quota, None), START), Some(window), "{kind:?}");
        let last = START.plus(window.saturating_sub(MICRO));
        assert_eq!(wait(kind, count(quota + 1, None), last), Some(MICRO), "{kind:?}");
        assert_eq!(wait(kind, count(quota + 1, None), START.plus(window)), None, "{kind:?}");
        let told = judge(&[(kind, count(quota, None))], START).unwrap().policy;
        assert_eq!((told.quota, told.window), (quota, Some(window)));
    }
}

#[test]
fn a_delay_holds_until_it_is_over_or_its_window_is() {
    let until = START.plus(Duration::from_secs(4));
    assert_eq!(wait(Kind::Account, count(6, Some(until)), START), Some(Duration::from_secs(4)));
    assert_eq!(wait(Kind::Account, count(6, Some(until)), until), None);
    let beyond = START.plus(Duration::from_mins(16));
    assert_eq!(wait(Kind::Account, count(6, Some(beyond)), START.plus(Duration::from_mins(15))), None);
}

#[test]
fn of_several_limits_the_longest_is_told() {
    let until = START.plus(Duration::from_secs(4));
    let counts = [(Kind::Account, count(6, Some(until))), (Kind::AccountDay, count(90, None))];
    assert_eq!(judge(&counts, START).unwrap().policy.name, "account-day");
    assert_eq!(judge(&[], START), None);
}

#[test]
fn a_failure_over_a_quota_is_one_too_many_and_the_last_of_it_is_not() {
    let judge = |failures| {
        let counter = |kind| Counter { kind, key_hash: [0; 32] };
        let until = Some(START.plus(Duration::from_secs(4)));
        let counts = [(counter(Kind::Account), count(6, until)), (counter(Kind::AccountDay), count(failures, None))];
        LIMITS.judge_failure(&counts, START).map(|(_, wait)| wait.policy.name)
    };
    assert_eq!((judge(89), judge(90), judge(91)), (None, None, Some("account-day")));
}

#[test]
fn an_account_has_a_hundred_failures_a_day() {
    assert_eq!(STRANGERS_A_DAY + KNOWN_DEVICES_A_DAY, 100);
}

#[test]
fn strangers_and_known_devices_share_no_counter() {
    let (id, network) = (Uuid::from_u128(7), Network::parse("192.0.2.7"));
    let stranger = Subject::account(id, false).counters(network);
    let known = Subject::signed_in(id).counters(network);
    assert_eq!(
        stranger.iter().map(|counter| counter.kind).collect::<Vec<_>>(),
        [Kind::Account, Kind::AccountDay, Kind::Network]
    );
    assert_eq!(known.iter().map(|counter| counter.kind).collect::<Vec<_>>(), [Kind::Device, Kind::DeviceDay]);
    let unknown = Subject::unknown(&Claim::parse("nobody")).counters(network);
    assert_eq!(
        unknown.iter().map(|counter| counter.kind).collect::<Vec<_>>(),
        [Kind::Account, Kind::AccountDay, Kind::Network]
    );
    assert_eq!(stranger[2], unknown[2], "the network is the same, whoever is asked for");
    let hashes: BTreeSet<_> = stranger.iter().chain(&known).chain(&unknown[..2]).map(|it| it.key_hash).collect();
    assert_eq!(hashes.len(), 7);
}

#[test]
fn a_name_counts_once_in_all_its_spellings() {
    let subject = |text: &str| Subject::unknown(&Claim::parse(text));
    assert_eq!(subject(" Ada@Example.org "), subject("ada@example.org"));
    assert_eq!(subject("ＡＤＡ"), subject("ada"));
    assert_eq!(subject(" no body "), subject("no body"));
    assert_ne!(subject("no body"), subject("nobody"));
}

proptest! {
    /// Whatever a row says: nobody waits longer than the window, and who waited is let in.
    #[test]
    fn every_wait_ends_with_its_window(failures in 0_u32..200, until in 0_i64..2_000_000_000, at in 0_i64..2_000_000_000) {
        let (until, now) = (START.plus(Duration::from_micros(until.unsigned_abs())), START.plus(Duration::from_micros(at.unsigned_abs())));
        if let Some(wait) = wait(Kind::Account, count(failures, Some(until)), now) {
            prop_assert!(wait <= Kind::Account.window());
            let later = judge(&[(Kind::Account, count(failures, Some(until)))], now.plus(wait));
            prop_assert_eq!(later, None);
        }
    }
}
