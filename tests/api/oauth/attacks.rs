//! RFC 9700, section 4, and the OAuth part of the catalogue of attacks: one test each.

use std::time::Duration;

use futures_util::future::join_all;
use keystead::domain::clock::{Clock, Timestamp};
use serde_json::json;

use super::spawn;
use crate::app::TestApp;
use crate::databases::{Engine, TestDatabase};
use crate::github::{Begun, Browser, GitHub, Somebody, link, location, sign_in};
use crate::people::Person;
use crate::tables::count;
use crate::{race_rounds, run_on};

on_each_database! {
    a_state_is_good_in_the_browser_that_began,
    a_state_and_a_code_are_good_once_in_a_race,
    a_stolen_code_is_worth_nothing,
    answers_that_are_swapped_lead_nowhere,
    one_provider_is_not_taken_for_another,
    pkce_cannot_be_left_out_or_weakened,
    nobody_is_signed_in_to_an_account_of_somebody_else,
    nothing_is_linked_without_the_one_who_asked,
}

const INVALID_STATE: (u16, &str) = (400, "invalid_state");

fn refused((status, code): (u16, &str)) -> (u16, String) {
    (status, code.to_owned())
}

/// RFC 9700, section 4.7: cross-site request forgery of the callback.
async fn a_state_is_good_in_the_browser_that_began(database: &TestDatabase) {
    let (app, github) = spawn(database, &[]).await;
    let (begun, mut browser) = (Begun::new(), Browser::default());
    let back = browser.approved(&app, &github, &begun.start("github"), &Somebody::new()).await;
    let mut stranger = Browser::default();
    assert_eq!(stranger.open(&app, &back).await.refusal(), refused(INVALID_STATE), "without a cookie");
    stranger.open(&app, &Begun::new().start("github")).await;
    assert_eq!(stranger.open(&app, &back).await.refusal(), refused(INVALID_STATE), "with one of another browser");
    // Nobody has spoilt it; and all tabs of a browser have the same cookie.
    let cookie = browser.cookie.clone();
    browser.open(&app, &Begun::new().start("github")).await;
    assert_eq!(browser.cookie, cookie);
    let code = begun.outcome(&browser.open(&app, &back).await);
    begun.exchange(&app, &code).await.expect(200);
    app.node.stop().await;
    github.stop().await;
}

/// Section 4.5, and B1: one use, also where many come at once.
async fn a_state_and_a_code_are_good_once_in_a_race(database: &TestDatabase) {
    const AT_ONCE: usize = 16;
    let (app, github) = spawn(database, &[]).await;
    app.warm_up().await;
    for round in 0..race_rounds().min(50) {
        let (begun, mut browser) = (Begun::new(), Browser::default());
        let back = browser.approved(&app, &github, &begun.start("github"), &Somebody::new()).await;
        let mut tabs: Vec<_> = (0..AT_ONCE).map(|_| Browser { cookie: browser.cookie.clone() }).collect();
        let answers = join_all(tabs.iter_mut().map(|tab| tab.open(&app, &back))).await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 302);
        assert_eq!(won.len(), 1, "round {round}");
        assert!(lost.iter().all(|answer| answer.refusal() == refused(INVALID_STATE)), "round {round}: {lost:?}");
        let code = begun.outcome(won[0]);
        let answers = join_all((0..AT_ONCE).map(|_| begun.exchange(&app, &code))).await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        assert_eq!(won.len(), 1, "round {round}");
        assert!(lost.iter().all(|answer| answer.refusal() == refused((410, "token_spent"))), "round {round}: {lost:?}");
    }
    app.node.stop().await;
    github.stop().await;
}

/// Section 4.5: whoever reads the URL in a log or by a leaking redirect has not got the verifier; one try ends the code.
async fn a_stolen_code_is_worth_nothing(database: &TestDatabase) {
    let (app, github) = spawn(database, &[]).await;
    for verifier in ["a".repeat(43), "short".to_owned()] {
        let begun = Begun::new();
        let code = Browser::default().walk(&app, &github, &begun, &begun.start("github"), &Somebody::new()).await;
        let thief = json!({ "code": code, "code_verifier": verifier });
        let answer = app.post("/v1/oauth/exchange", None, &thief).await;
        assert_eq!(answer.refusal(), refused((410, "token_spent")));
        let owner = begun.exchange(&app, &code).await;
        assert_eq!(owner.refusal(), refused((410, "token_spent")), "a try with a wrong verifier spends it");
    }
    assert_eq!(count(database, "SELECT COUNT(*) FROM sessions").await, 0);
    app.node.stop().await;
    github.stop().await;
}

/// Section 4.5.3.1: a code of one sign-in, injected into another, fails by the PKCE towards the provider.
async fn answers_that_are_swapped_lead_nowhere(database: &TestDatabase) {
    let (app, github) = spawn(database, &[]).await;
    let (mine, theirs, mut browser) = (Begun::new(), Begun::new(), Browser::default());
    let first = browser.approved(&app, &github, &mine.start("github"), &Somebody::new()).await;
    let second = browser.approved(&app, &github, &theirs.start("github"), &Somebody::new()).await;
    let (code_of, state_of) = (|url: &str| parameter(url, "code"), |url: &str| parameter(url, "state"));
    let swapped =
        |code: &str, state: &str| format!("/v1/oauth/github/callback?code={}&state={}", code_of(code), state_of(state));
    let answer = browser.open(&app, &swapped(&second, &first)).await;
    assert_eq!(mine.outcome(&answer), "error=provider_refused");
    let answer = browser.open(&app, &swapped(&first, &second)).await;
    assert_eq!(theirs.outcome(&answer), "error=provider_refused");
    app.node.stop().await;
    github.stop().await;
}

fn parameter(url: &str, wanted: &str) -> String {
    let url = url::Url::parse(url).unwrap();
    url.query_pairs().find(|(name, _)| name == wanted).unwrap().1.into_owned()
}

/// Section 4.4: mix-up.
async fn one_provider_is_not_taken_for_another(database: &TestDatabase) {
    let (app, github) = spawn(database, &[]).await;
    let (begun, mut browser) = (Begun::new(), Browser::default());
    let back = browser.approved(&app, &github, &begun.start("github"), &Somebody::new()).await;
    for elsewhere in ["acme", "google", "nobody", "a%2fb"] {
        let mixed = back.replace("/oauth/github/", &format!("/oauth/{elsewhere}/"));
        assert_eq!(browser.open(&app, &mixed).await.refusal(), refused(INVALID_STATE), "{elsewhere}");
    }
    let named = format!("{back}&iss=https://evil.example");
    assert_eq!(begun.outcome(&browser.open(&app, &named).await), "error=provider_issuer_mismatch");
    for unknown in ["google", "Github", "nobody"] {
        browser.open(&app, &begun.start(unknown)).await.expect(404);
    }
    app.node.stop().await;
    github.stop().await;
}

/// Section 4.8: downgrade.
async fn pkce_cannot_be_left_out_or_weakened(database: &TestDatabase) {
    let (app, github) = spawn(database, &[]).await;
    let (begun, mut browser) = (Begun::new(), Browser::default());
    let start = begun.start("github");
    let without = start.replace(&format!("&code_challenge={}", begun.challenge), "");
    let plain = format!("{start}&code_challenge_method=plain");
    let short = start.replace(&begun.challenge, &begun.challenge[1..]);
    let empty = start.replace(&begun.challenge, "");
    for start in [without, plain, short, empty] {
        let answer = browser.open(&app, &start).await;
        assert_eq!(answer.refusal(), refused((400, "invalid_field")), "{start}");
    }
    let twice = format!("{start}&code_challenge={}", begun.challenge);
    assert_eq!(browser.open(&app, &twice).await.refusal(), refused((400, "malformed_query")));
    assert!(browser.cookie.is_none());
    location(&browser.open(&app, &format!("{start}&code_challenge_method=S256")).await);
    for body in [json!({ "code": "kso_x" }), json!({ "code_verifier": begun.verifier })] {
        assert_eq!(app.post("/v1/oauth/exchange", None, &body).await.refusal(), refused((400, "invalid_field")));
    }
    app.node.stop().await;
    github.stop().await;
}

/// Login CSRF: an attacker's own way, finished in somebody else's browser, signs nobody in.
async fn nobody_is_signed_in_to_an_account_of_somebody_else(database: &TestDatabase) {
    let (app, github) = spawn(database, &[]).await;
    let (attackers, mallory) = (Begun::new(), Somebody::new());
    let mut of_mallory = Browser::default();
    let back = of_mallory.approved(&app, &github, &attackers.start("github"), &mallory).await;
    let mut victim = Browser::default();
    victim.open(&app, &Begun::new().start("github")).await;
    assert_eq!(victim.open(&app, &back).await.refusal(), refused(INVALID_STATE));
    // Let the attacker go on alone, and plant the code: the victim's app has another verifier.
    let code = attackers.outcome(&of_mallory.open(&app, &back).await);
    assert_eq!(Begun::new().exchange(&app, &code).await.refusal(), refused((410, "token_spent")));
    app.node.stop().await;
    github.stop().await;
}

/// An attacker begins to link, and lets somebody else be at the provider: the code goes to the app in that browser, and
/// the attacker, who has the verifier, never gets it. And the other way round.
async fn nothing_is_linked_without_the_one_who_asked(database: &TestDatabase) {
    let (app, github) = spawn(database, &[]).await;
    let (mallory, victim, attackers) = (Person::new(&app).await, Somebody::new(), Begun::new());
    let ticket = app.post("/v1/me/identities/github", Some(&mallory.access()), &attackers.wish()).await.expect(200);
    let mut browser = Browser::default();
    let code = browser.walk(&app, &github, &attackers, &ticket.str("start_url"), &victim).await;
    let answer = Begun::new().exchange(&app, &code).await;
    assert_eq!(answer.refusal(), refused((410, "token_spent")), "in the victim's app");
    assert_eq!(attackers.exchange(&app, &code).await.refusal(), refused((410, "token_spent")));
    let tokens = sign_in(&app, &github, &victim).await.expect(200);
    assert_ne!(tokens.json()["user"]["id"], mallory.login.json()["user"]["id"]);
    // What is one's own already is not taken away.
    let taken = link(&app, &github, &mallory.access(), &victim).await;
    assert_eq!(taken.refusal(), refused((409, "identity_taken")));
    // A ticket begins one way, and none of another provider.
    let begun = Begun::new();
    let ticket = app.post("/v1/me/identities/github", Some(&mallory.access()), &begun.wish()).await.expect(200);
    let start = ticket.str("start_url");
    let elsewhere = start.replace("/github/", "/acme/");
    assert_eq!(browser.open(&app, &elsewhere).await.refusal(), refused((410, "token_spent")));
    location(&browser.open(&app, &start).await);
    assert_eq!(browser.open(&app, &start).await.refusal(), refused((410, "token_spent")));
    // Who has signed out links nothing more.
    let begun = Begun::new();
    let ticket = app.post("/v1/me/identities/github", Some(&mallory.access()), &begun.wish()).await.expect(200);
    let code = browser.walk(&app, &github, &begun, &ticket.str("start_url"), &Somebody::new()).await;
    app.logout(&mallory.access(), "this").await.expect(204);
    assert_eq!(begun.exchange(&app, &code).await.refusal(), refused((410, "token_spent")));
    app.node.stop().await;
    github.stop().await;
}

/// Section 4.1 and 4.11: redirects that are not on the list, and none that only look so.
#[actix_web::test]
async fn browsers_are_sent_to_the_list_and_nowhere_else() {
    run_on(Engine::Sqlite, async |database: &TestDatabase| {
        let (app, github) = spawn(database, &[]).await;
        let (challenge, mut browser) = (Begun::new().challenge, Browser::default());
        let start = |target: &str| format!("/v1/oauth/github/start?redirect_to={target}&code_challenge={challenge}");
        for target in [
            "https://app.example/callback/",
            "https://app.example/callback?x=1",
            "https://app.example/callback%23x",
            "https://app.example.evil.example/callback",
            "https://app.example@evil.example/callback",
            "https://evil.example/https://app.example/callback",
            "//app.example/callback",
            "http://127.0.0.1:1@evil.example/cli",
            "http://localhost:1/cli",
            "javascript:alert(1)",
            "/callback",
        ] {
            let answer = browser.open(&app, &start(target)).await;
            assert_eq!(answer.refusal(), refused((400, "invalid_field")), "{target}");
            assert!(answer.header("location").is_empty());
            let ada = Person::new(&app).await;
            let wish = json!({ "redirect_to": target, "code_challenge": challenge });
            let ticket = app.post("/v1/me/identities/github", Some(&ada.access()), &wish).await;
            assert_eq!(ticket.status, 400, "{target}");
        }
        for target in ["https://app.example/callback", "http://127.0.0.1:49152/cli", "http://127.0.0.1/cli"] {
            location(&browser.open(&app, &start(target)).await);
        }
        app.node.stop().await;
        github.stop().await;
    })
    .await;
}

/// Ten minutes for the way, one for the code.
#[actix_web::test]
async fn what_waits_too_long_is_over() {
    run_on(Engine::Sqlite, async |database: &TestDatabase| {
        let github = GitHub::start().await;
        let clock = Clock::by_hand(Timestamp::from_micros(1_800_000_000_000_000));
        let app = TestApp::spawn_with_clock(&database.url, &github.settings(), clock.clone()).await;
        for (waits, told) in [(599, None), (600, Some(INVALID_STATE))] {
            let (begun, mut browser) = (Begun::new(), Browser::default());
            let back = browser.approved(&app, &github, &begun.start("github"), &Somebody::new()).await;
            clock.advance(Duration::from_secs(waits));
            let answer = browser.open(&app, &back).await;
            match told {
                Some(told) => assert_eq!(answer.refusal(), refused(told)),
                None => _ = location(&answer),
            }
        }
        for (waits, status) in [(59, 200), (60, 410)] {
            let begun = Begun::new();
            let code = Browser::default().walk(&app, &github, &begun, &begun.start("github"), &Somebody::new()).await;
            clock.advance(Duration::from_secs(waits));
            begun.exchange(&app, &code).await.expect(status);
        }
        app.node.stop().await;
        github.stop().await;
    })
    .await;
}
