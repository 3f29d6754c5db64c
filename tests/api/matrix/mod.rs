//! B16: every route × every state of an account. Tokens come only where the contract says so.
//!
//! `routes.rs` gives each route of the server's own list its class: it can let somebody in, and then `doors.rs` knows
//! the way to it, or it never does, and then `calls.rs` knows how it is called well. A route that has no class fails the
//! first test here by its name. `rule.rs` says what to expect, from the contract (`docs/`, RFCs) and not from the code.

mod calls;
mod doors;
mod routes;
mod rule;

use std::collections::BTreeSet;

use futures_util::StreamExt;
use futures_util::stream::iter;
use keystead::http::routes::{APP_ROUTES, OPS_ROUTES};
use serde_json::json;

use self::calls::{Called, call};
use self::doors::Door;
use self::routes::{Class, Effect, class};
use self::rule::{Mark, Outcome, State, every_pair, every_single, expected, marked};
use crate::app::{Answer, PASSWORD, TestApp};
use crate::databases::TestDatabase;
use crate::execute;
use crate::github::{GitHub, Somebody, link};
use crate::people::Person;

on_each_database! {
    every_door_in_every_state,
    no_other_route_lets_anybody_in,
}

/// Cells that are walked at once.
const AT_ONCE: usize = 8;
/// What a password is changed to, on the paths that change one.
const NEW_PASSWORD: &str = "another horse, another battery, another staple";

/// Two nodes on one database.
struct Home<'a> {
    database: &'a TestDatabase,
    /// Demands nothing; accounts are made here.
    lax: TestApp,
    /// Demands verified addresses and young passwords; everything that is judged is asked here.
    strict: TestApp,
    github: GitHub,
}

impl<'a> Home<'a> {
    async fn new(database: &'a TestDatabase) -> Self {
        let github = GitHub::start().await;
        let lax = [&github.settings()[..], &[("THROTTLE", "off")]].concat();
        let lax = TestApp::spawn(&database.url, &lax).await;
        let demands = [("EMAIL_VERIFICATION", "required"), ("PASSWORD_MAX_AGE_DAYS", "30"), ("THROTTLE", "off")];
        let strict = TestApp::spawn(&database.url, &[&github.settings()[..], &demands].concat()).await;
        Self { database, lax, strict, github }
    }

    /// An account with nothing against it.
    async fn person(&self) -> Person {
        let person = Person::new(&self.lax).await;
        self.set(&person, "email_verified_at = 1").await;
        person
    }

    /// Somebody at the provider, whose identity is linked to the account.
    async fn linked(&self, person: &Person) -> Somebody {
        let who = Somebody::new();
        link(&self.lax, &self.github, &person.access(), &who).await.expect(200);
        who
    }

    async fn set(&self, person: &Person, change: &str) {
        execute(self.database, &format!("UPDATE users SET {change} WHERE username = '{}'", person.username)).await;
    }

    async fn apply(&self, person: &Person, state: &State) {
        for mark in state {
            match mark.as_sql() {
                Some(change) => self.set(person, change).await,
                None => _ = self.lax.post("/v1/me/delete", Some(&person.access()), &json!({})).await.expect(204),
            }
        }
    }

    async fn stop(&self) {
        self.lax.node.stop().await;
        self.strict.node.stop().await;
        self.github.stop().await;
    }
}

fn all_routes() -> impl Iterator<Item = (&'static str, &'static str)> {
    let tables = APP_ROUTES.iter().chain(OPS_ROUTES);
    tables.flat_map(|&(path, methods)| methods.iter().map(move |&method| (method, path)))
}

#[test]
fn every_route_has_a_class() {
    let unknown: Vec<_> = all_routes().filter(|&route| class(route).is_none()).collect();
    assert!(unknown.is_empty(), "give them a class in tests/api/matrix/routes.rs: {unknown:?}");
    let open: BTreeSet<_> = Door::ALL.map(Door::route).into_iter().filter(|&route| is_built(route)).collect();
    for route in all_routes() {
        let lets_in = matches!(class(route), Some(Class::LetsIn));
        assert_eq!(lets_in, open.contains(&route), "{route:?}: its class, and the doors of tests/api/matrix/doors.rs");
    }
}

/// The rest of the contract is under way.
fn is_built(route: (&str, &str)) -> bool {
    all_routes().any(|built| built == route)
}

fn can_be_walked_to(door: Door) -> bool {
    is_built(door.route()) && (!door.shows().second_factor || is_built(("post", "/v1/me/mfa/totp/confirm")))
}

fn can_be(home: &Home<'_>, state: &State) -> bool {
    let ages = home.strict.node.context.rules.demands.password_max_age.is_some();
    state.iter().all(|mark| match mark {
        Mark::Deleted => is_built(("post", "/v1/me/delete")),
        Mark::Expired => ages,
        _ => true,
    })
}

/// As a person reads it in a list of failures.
fn told(outcome: &Result<(), String>) -> Option<&String> {
    outcome.as_ref().err()
}

async fn every_door_in_every_state(database: &TestDatabase) {
    let home = Home::new(database).await;
    let cells = Door::ALL.into_iter().flat_map(|door| every_pair().into_iter().map(move |state| (door, state)));
    let cells = cells.filter(|(door, state)| can_be_walked_to(*door) && can_be(&home, state));
    let outcomes: Vec<_> = iter(cells).map(|(door, state)| cell(&home, door, state)).buffered(AT_ONCE).collect().await;
    let wrong: Vec<_> = outcomes.iter().filter_map(told).collect();
    println!("{} cells", outcomes.len());
    assert!(wrong.is_empty(), "{} of {}: {wrong:#?}", wrong.len(), outcomes.len());
    home.stop().await;
}

async fn cell(home: &Home<'_>, door: Door, state: State) -> Result<(), String> {
    let ready = door.prepare(home).await;
    home.apply(&ready.person, &state).await;
    let answer = door.knock(home, &ready).await;
    expected(door.shows(), &state).hold(door, &answer).map_err(|why| format!("{door:?} {state:?}: {why}"))
}

async fn no_other_route_lets_anybody_in(database: &TestDatabase) {
    let home = Home::new(database).await;
    let cells = all_routes().filter(|&route| matches!(class(route), Some(Class::Never(_))));
    let cells = cells.flat_map(|route| every_single().into_iter().map(move |state| (route, state)));
    let cells = cells.filter(|(_, state)| can_be(&home, state));
    let walked = iter(cells).map(|(route, state)| quiet_cell(&home, route, state)).buffered(AT_ONCE);
    let outcomes: Vec<_> = walked.collect().await;
    let wrong: Vec<_> = outcomes.iter().filter_map(told).collect();
    println!("{} cells", outcomes.len());
    assert!(wrong.is_empty(), "{} of {}: {wrong:#?}", wrong.len(), outcomes.len());
    home.stop().await;
}

/// The route answers without a token, and what a login is told afterwards differs by what the route is there for alone.
async fn quiet_cell(home: &Home<'_>, route: (&str, &str), state: State) -> Result<(), String> {
    let Some(Class::Never(effect)) = class(route) else { return Err(format!("{route:?} has no class")) };
    let (name, is_bare) = (format!("{route:?} {state:?}"), state.is_empty());
    let told = |why: String| format!("{name}: {why}");
    let Called { person, answer, state } = call(home, route, &state).await;
    rule::no_token_in(&answer).map_err(told)?;
    let done = answer.status.is_success() || answer.status.is_redirection();
    if is_bare && !done {
        return Err(told(format!("with nothing against the account: {} {}", answer.status, answer.text)));
    }
    let state = if done { effect.on(&state) } else { state.clone() };
    let sets_password = matches!(effect, Effect::NewPassword | Effect::Recovered);
    let password = if done && sets_password { NEW_PASSWORD } else { PASSWORD };
    let login = log_in(home, &person, password).await;
    let outcome = expected(Door::Login.shows(), &state);
    outcome.hold(Door::Login, &login).map_err(|why| told(format!("login after {}: {why}", answer.status)))
}

async fn log_in(home: &Home<'_>, person: &Person, password: &str) -> Answer {
    let body = json!({ "identifier": person.username, "password": password });
    home.strict.post("/v1/login", None, &body).await
}

/// A password that is wrong is told nothing of any state.
#[actix_web::test]
async fn a_wrong_password_is_told_nothing() {
    crate::run_on(crate::databases::Engine::Sqlite, async |database: &TestDatabase| {
        let home = Home::new(database).await;
        for state in every_single().into_iter().filter(|state| can_be(&home, state)) {
            let person = home.person().await;
            home.apply(&person, &state).await;
            let answer = log_in(&home, &person, NEW_PASSWORD).await;
            assert_eq!(answer.refusal(), (401, "invalid_credentials".into()), "{state:?}");
        }
        home.stop().await;
    })
    .await;
}

/// The rule itself, where the contract names the outcome.
#[test]
fn the_rule_says_what_the_contract_says() {
    let (login, totp) = (Door::Login.shows(), Door::Totp.shows());
    assert_eq!(expected(login, &marked(&[])), Outcome::Tokens);
    assert_eq!(expected(login, &marked(&[Mark::Mfa, Mark::MustChange])), Outcome::SecondFactorOwed);
    assert_eq!(expected(totp, &marked(&[Mark::Mfa, Mark::MustChange])), Outcome::PasswordChangeOwed);
    assert_eq!(expected(totp, &marked(&[Mark::Mfa, Mark::Locked])), Outcome::Refused);
    assert_eq!(expected(login, &marked(&[Mark::Unverified, Mark::Mfa])), Outcome::EmailUnverified);
    assert_eq!(expected(Door::Refresh.shows(), &marked(&[Mark::MustChange, Mark::Unverified])), Outcome::Tokens);
}
