//! The hasher by message: what it answers, whom it refuses, and what it outlives.

use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use keystead::actors::door::Refused;
use keystead::actors::hasher::messages::Disturb;
use keystead::actors::hasher::{self, HashBackend, HashError, HashParams, HasherError, HasherSettings, Verdict};
use keystead::domain::clock::Deadline;
use keystead::domain::password::words::Words;
use secrecy::SecretString;

use crate::until;

const SMALL: HashParams = HashParams { memory_kib: 8, iterations: 1, parallelism: 1 };

fn settings(threads: u32) -> HasherSettings {
    let max_wait = Duration::from_secs(5);
    HasherSettings { params: SMALL, backend: HashBackend::Auto, threads, memory_budget_mib: None, max_wait }
}

fn soon() -> Deadline {
    Deadline::within(Duration::from_secs(10))
}

fn password(text: &str) -> SecretString {
    text.to_owned().into()
}

#[actix::test]
async fn a_password_is_right_again_and_another_is_wrong_with_either_backend() {
    for backend in [HashBackend::Auto, HashBackend::Argon2] {
        let door = hasher::start(HasherSettings { backend, ..settings(2) }).unwrap();
        let phc = door.hash(password("correct horse"), soon()).await.unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{phc}");
        let right = door.verify(password("correct horse"), Some(&phc), soon()).await.unwrap();
        assert_eq!(right, Verdict::Right { outdated: false });
        assert_eq!(door.verify(password("correct hors"), Some(&phc), soon()).await.unwrap(), Verdict::Wrong);
        assert_ne!(phc, door.hash(password("correct horse"), soon()).await.unwrap(), "each has a salt of its own");
    }
}

#[actix::test]
async fn a_hash_with_less_than_the_current_parameters_is_right_and_outdated() {
    let old = hasher::start(settings(1)).unwrap();
    let phc = old.hash(password("correct horse"), soon()).await.unwrap();
    let params = HashParams { iterations: 2, ..SMALL };
    let new = hasher::start(HasherSettings { params, ..settings(1) }).unwrap();
    let verdict = new.verify(password("correct horse"), Some(&phc), soon()).await.unwrap();
    assert_eq!(verdict, Verdict::Right { outdated: true });
}

#[actix::test]
async fn an_unknown_account_is_wrong_and_costs_a_hash() {
    let door = hasher::start(settings(1)).unwrap();
    assert_eq!(door.verify(password("anything"), None, soon()).await.unwrap(), Verdict::Wrong);
    assert_eq!(door.computed(), 1);
}

/// Of other systems' hashes the schemes' own tests try every form; here is what the door makes of them.
#[actix::test]
async fn a_hash_of_another_system_is_verified_and_outdated() {
    let door = hasher::start(HasherSettings { memory_budget_mib: Some(2), ..settings(2) }).unwrap();
    for stored in [
        "$scrypt$ln=8,r=8,p=1$sBZiDMH43xujVGrNGWMMIQ$ci8V3Z09s/Ezf7hUCkV4qMntAKpvSmtlKmeTK+fztYM",
        "pbkdf2_sha256$1000$saltsaltsalt$GacV8oEzUl3KM0Mwey9yrMcTPKpkL4jXrFpbKB8oOnI=",
        "$argon2i$v=16$m=64,t=2,p=2$c29tZXNhbHRzb21lc2FsdA$3qAr3MlfrgryK7LPcb7Kmc6kbxKkNx7EuuKAXiSQI7E",
        "$2y$04$AhUj4djmkxRnbpGOFYUJx.SSdwF1Wj7T2r3/t7NnsU3UonXuLSGX6",
    ] {
        let verdicts = join_all((0..6).map(|number| {
            let text = if number % 2 == 0 { "correct horse battery" } else { "correct horse batterx" };
            door.verify(password(text), Some(stored), soon())
        }))
        .await;
        for (number, verdict) in verdicts.into_iter().enumerate() {
            let expected = if number % 2 == 0 { Verdict::Right { outdated: true } } else { Verdict::Wrong };
            assert_eq!(verdict.unwrap(), expected, "{stored}");
        }
    }
    // Of 2 MiB two threads keep 8 KiB each.
    let large = "scrypt:2048:8:1$salt$0123456789abcdef0123456789abcdef";
    let answer = door.verify(password("pw"), Some(large), soon()).await;
    let limits = HashError::TooLarge { needed_kib: 2_050, allowed_kib: 2_040 };
    assert_eq!(answer.unwrap_err().to_string(), limits.to_string());
    assert_eq!((door.computed(), door.places_in_use()), (24, 0));
}

#[actix::test]
async fn unknown_and_hostile_hashes_are_refused_before_anything_is_computed() {
    let door = hasher::start(settings(1)).unwrap();
    let tail = "MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY";
    for head in ["$6", "$argon2id$v=20$m=8,t=1,p=1", "$argon2id$v=19$m=8,t=4294967295,p=1", "$2b$31"] {
        let answer = door.verify(password("pw"), Some(&format!("{head}${tail}")), soon()).await;
        assert!(matches!(answer, Err(HashError::Unusable(_))), "{head}: {answer:?}");
    }
    for head in ["$argon2id$v=19$m=9,t=1,p=1", "$argon2d$v=16$m=9,t=1,p=1", "$scrypt$ln=3,r=8,p=1"] {
        let answer = door.verify(password("pw"), Some(&format!("{head}${tail}")), soon()).await;
        assert!(matches!(answer, Err(HashError::TooLarge { allowed_kib: 8, .. })), "{head}: {answer:?}");
    }
    assert_eq!((door.computed(), door.places_in_use()), (0, 0));
}

#[actix::test]
async fn a_panic_is_an_answer_and_every_thread_lives_on() {
    let door = hasher::start(settings(2)).unwrap();
    for _ in 0..6 {
        assert_eq!(door.disturb(Disturb::Panic, soon()).await, Err(Refused::Panicked));
    }
    assert_eq!((door.threads_alive(), door.places_in_use(), door.is_open()), (2, 0, true));
    let hashes = join_all((0..8).map(|_| door.hash(password("pw"), soon()))).await;
    assert!(hashes.iter().all(Result::is_ok));
}

#[actix::test]
async fn a_request_whose_deadline_passed_in_the_queue_is_skipped() {
    let door = hasher::start(settings(1)).unwrap();
    let holder = door.clone();
    let held = actix::spawn(async move { holder.disturb(Disturb::Hold(Duration::from_millis(300)), soon()).await });
    until("the thread is held", || door.places_in_use() == 1).await;
    let answer = door.hash(password("pw"), Deadline::within(Duration::from_millis(50))).await;
    assert!(matches!(answer, Err(HashError::Refused(Refused::Late))), "{answer:?}");
    assert_eq!(held.await.unwrap(), Ok(()));
    until("everybody has left", || door.places_in_use() == 0).await;
    assert_eq!((door.computed(), door.predicted_wait()), (0, Duration::ZERO));
}

/// One thread, which is busy, and no waiting allowed: the first of 200 gets the one chance that is always given, the
/// others are refused without a hop, at their first poll.
#[actix::test]
async fn a_storm_is_refused_at_once() {
    let door = hasher::start(HasherSettings { max_wait: Duration::ZERO, ..settings(1) }).unwrap();
    let holder = door.clone();
    let held = actix::spawn(async move { holder.disturb(Disturb::Hold(Duration::from_millis(300)), soon()).await });
    until("the thread is held", || door.places_in_use() == 1).await;
    let admitted = door.hash(password("pw"), soon());
    tokio::pin!(admitted);
    assert!(admitted.as_mut().now_or_never().is_none());
    for _ in 1..200 {
        let answer = door.hash(password("pw"), soon()).now_or_never();
        assert!(matches!(answer, Some(Err(HashError::Refused(Refused::Busy)))), "{answer:?}");
    }
    assert_eq!(door.places_in_use(), 2);
    assert!(admitted.await.is_ok());
    assert_eq!(held.await.unwrap(), Ok(()));
    until("the places are back", || door.places_in_use() == 0).await;
    let tally = door.tally();
    assert_eq!((tally.asked.load(std::sync::atomic::Ordering::Relaxed), door.predicted_wait()), (201, Duration::ZERO));
    assert_eq!(tally.busy.load(std::sync::atomic::Ordering::Relaxed), 199);
}

/// 200 hashes of 32 MiB at once: naively 6.4 GB.
#[cfg(target_os = "linux")]
#[actix::test]
async fn a_storm_of_real_hashes_takes_the_memory_of_one() {
    let params = HashParams { memory_kib: 32 * 1024, ..SMALL };
    let max_wait = Duration::from_millis(100);
    let door = hasher::start(HasherSettings { params, max_wait, ..settings(1) }).unwrap();
    // Its threads are the last to get a core: beside a build they wait long.
    let patient = || Deadline::within(Duration::from_mins(1));
    let before_kib = status_kib("VmRSS:");
    let answers = join_all((0..200).map(|_| door.hash(password("pw"), patient()))).await;
    let done = answers.iter().filter(|answer| answer.is_ok()).count();
    let busy = answers.iter().filter(|answer| matches!(answer, Err(HashError::Refused(Refused::Busy)))).count();
    assert!(done >= 1 && busy >= 100 && done + busy == 200, "{done} done, {busy} refused");
    until("the places are back", || door.places_in_use() == 0).await;
    assert!(door.hash(password("pw"), patient()).await.is_ok(), "after the storm it is as before");
    let most_kib = status_kib("VmHWM:");
    assert!(most_kib < before_kib + 1024 * 1024, "{before_kib} KiB before, {most_kib} KiB at the most");
}

#[actix::test]
async fn a_drain_waits_for_the_work_and_ends_the_threads_though_clones_remain() {
    let door = hasher::start(settings(2)).unwrap();
    let (holder, other) = (door.clone(), door.clone());
    let (began, held_for) = (Instant::now(), Duration::from_millis(200));
    let held = actix::spawn(async move { holder.disturb(Disturb::Hold(held_for), soon()).await });
    until("a thread is held", || door.places_in_use() == 1).await;
    door.drain().await;
    assert!(began.elapsed() >= held_for, "the work was over before the drain was");
    assert_eq!(held.await.unwrap(), Ok(()));
    let answer = other.hash(password("pw"), soon()).await;
    assert!(matches!(answer, Err(HashError::Refused(Refused::Closed))), "{answer:?}");
    until("the threads have ended", || door.threads_alive() == 0).await;
    assert!(!other.is_open());
    door.drain().await;
}

#[actix::test]
async fn the_memory_budget_bounds_the_threads() {
    let params = HashParams { memory_kib: 1_024, ..SMALL };
    let start = |memory_budget_mib| hasher::start(HasherSettings { params, memory_budget_mib, ..settings(4) }).unwrap();
    assert_eq!((start(Some(3)).threads_alive(), start(None).threads_alive()), (3, 4));
}

#[actix::test]
async fn impossible_parameters_are_refused() {
    let params = HashParams { memory_kib: 7, ..SMALL };
    let refused = hasher::start(HasherSettings { params, ..settings(1) });
    assert!(matches!(refused, Err(HasherError::Parameters(bad)) if bad == params));
}

#[test]
fn outside_an_actix_system_it_does_not_start() {
    assert!(matches!(hasher::start(settings(1)), Err(HasherError::NoSystem)));
}

#[cfg(target_os = "linux")]
#[actix::test]
async fn its_threads_have_names_and_the_lowest_priority() {
    let door = hasher::start(settings(2)).unwrap();
    until("all hashing threads are at nice 19", || {
        let nices = nices_of_hashing_threads();
        nices.len() >= 2 && nices.iter().all(|&nice| nice == 19)
    })
    .await;
    door.drain().await;
}

#[cfg(target_os = "linux")]
fn nices_of_hashing_threads() -> Vec<i32> {
    let threads = std::fs::read_dir("/proc/self/task").unwrap();
    // A thread may end while it is looked at. `nice` is the 17th field after the name's closing bracket (proc(5)).
    let stats = threads.filter_map(|thread| std::fs::read_to_string(thread.ok()?.path().join("stat")).ok());
    let hashing = stats.filter(|stat| stat.contains("(hasher-"));
    hashing.map(|stat| stat.rsplit_once(") ").unwrap().1.split(' ').nth(16).unwrap().parse().unwrap()).collect()
}

#[cfg(target_os = "linux")]
fn status_kib(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[actix::test]
async fn a_strength_is_estimated_on_the_hashing_threads() {
    let door = hasher::start(settings(1)).unwrap();
    let hashes = door.computed();
    let strength = door.strength(password("password1234"), Words::default(), soon()).await.unwrap();
    assert!(strength.score < 3 && !strength.advice.is_empty(), "{strength:?}");
    assert_eq!(door.strength(password(""), Words::default(), soon()).await.unwrap().score, 0);
    assert_eq!(door.computed(), hashes, "it is no hash, and says nothing about their pace");
    let late = door.strength(password("x"), Words::default(), Deadline::within(Duration::ZERO)).await;
    assert_eq!(late.unwrap_err(), Refused::Late);
    door.drain().await;
    assert_eq!(door.strength(password("x"), Words::default(), soon()).await.unwrap_err(), Refused::Closed);
}

#[actix::test]
async fn what_nobody_waits_for_has_one_turn_and_only_while_a_thread_is_idle() {
    let door = hasher::start(settings(2)).unwrap();
    let turn = door.spare_turn().unwrap();
    assert!(door.clone().spare_turn().is_none(), "one at a time, whoever asks");
    drop(turn);
    let disturbed = [
        door.disturb(Disturb::Hold(Duration::from_millis(300)), soon()),
        door.disturb(Disturb::Hold(Duration::from_millis(300)), soon()),
    ];
    let held = async { join_all(disturbed).await };
    let busy = async {
        // Behind the two that hold the threads, so they wait for as long.
        let waiting = [door.hash(password("a"), soon()), door.hash(password("b"), soon())];
        let asked = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            assert!(door.spare_turn().is_none(), "both threads have work to do");
        };
        tokio::join!(join_all(waiting), asked)
    };
    tokio::join!(held, busy);
    assert!(door.spare_turn().is_some());
}
