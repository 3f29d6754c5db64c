//! Two nodes on one database: what works once works once, whichever nodes it is shown to at the same moment.
//!
//! Ten rounds as a rule; `RACE_ROUNDS=200` for the full count.

mod guesses;
mod mailed;
mod new_passwords;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::app::{Answer, TestApp};
use crate::databases::TestDatabase;
use crate::people::{Person, SecondFactor};
use crate::race_rounds;
use crate::tables::{count, execute};

on_each_database! {
    a_code_on_two_challenges,
    a_recovery_code_on_two_challenges,
    a_challenge_with_one_code,
    a_challenge_with_a_code_and_a_recovery_code,
}

/// Everybody here comes from one address, and many lose.
const UNHINDERED: [(&str, &str); 1] = [("LOGIN_ATTEMPTS_PER_NETWORK", "45000")];

struct Nodes<'a> {
    database: &'a TestDatabase,
    here: TestApp,
    there: TestApp,
}

impl<'a> Nodes<'a> {
    async fn new(database: &'a TestDatabase, settings: &[(&str, &str)]) -> Self {
        let (here, there) = (TestApp::spawn(&database.url, settings), TestApp::spawn(&database.url, settings));
        Self { database, here: here.await, there: there.await }
    }

    /// The same moment, as far as one machine can tell.
    async fn both(&self, path: &str, bodies: [Value; 2]) -> [Answer; 2] {
        let (here, there) = tokio::join!(
            self.here.post(path, None, &bodies[0]), //
            self.there.post(path, None, &bodies[1])
        );
        [here, there]
    }

    async fn with_second_factor(&self) -> Person {
        let mut person = Person::new(&self.here).await;
        person.second_factor = Some(SecondFactor::turn_on(&self.here, &person.access()).await);
        // The code of this very step was spent on turning it on.
        let forget = format!("UPDATE users SET mfa_last_step = NULL WHERE username = '{}'", person.username);
        execute(self.database, &forget).await;
        person
    }

    async fn challenge(&self, person: &Person) -> String {
        self.here.login(&person.email).await.expect(200).str("challenge")
    }

    async fn stop(self, outcomes: &Outcomes) {
        println!("{}: {outcomes:?}", self.database.url.split(':').next().unwrap());
        self.here.node.stop().await;
        self.there.node.stop().await;
    }
}

/// How often each pair of answers was given.
type Outcomes = BTreeMap<[String; 2], u64>;

/// Demands that one of them is let through, and the other told one of these.
fn one_wins(outcomes: &mut Outcomes, answers: &[Answer; 2], won: u16, lost: &[(u16, &str)]) {
    let told = answers
        .each_ref()
        .map(|answer| if answer.status.as_u16() == won { won.to_string() } else { format!("{:?}", answer.refusal()) });
    let losers: Vec<_> = answers.iter().filter(|answer| answer.status.as_u16() != won).collect();
    let as_said = |answer: &&Answer| lost.iter().any(|(status, code)| answer.refusal() == (*status, (*code).into()));
    assert!(losers.len() == 1 && losers.iter().all(as_said), "{told:?}");
    *outcomes.entry(told).or_default() += 1;
}

fn code(challenge: &str, factor: &str, code: &str) -> Value {
    json!({ "challenge": challenge, "factor": factor, "code": code })
}

async fn a_code_on_two_challenges(database: &TestDatabase) {
    let nodes = Nodes::new(database, &UNHINDERED).await;
    let mut outcomes = Outcomes::new();
    for _ in 0..race_rounds() {
        let ada = nodes.with_second_factor().await;
        let [first, second] = [nodes.challenge(&ada).await, nodes.challenge(&ada).await];
        let totp = ada.code(&nodes.here);
        let answers = nodes.both("/v1/login/mfa", [code(&first, "totp", &totp), code(&second, "totp", &totp)]).await;
        one_wins(&mut outcomes, &answers, 200, &[(401, "invalid_code")]);
    }
    nodes.stop(&outcomes).await;
}

async fn a_recovery_code_on_two_challenges(database: &TestDatabase) {
    let nodes = Nodes::new(database, &UNHINDERED).await;
    let mut outcomes = Outcomes::new();
    for _ in 0..race_rounds() {
        let ada = nodes.with_second_factor().await;
        let [first, second] = [nodes.challenge(&ada).await, nodes.challenge(&ada).await];
        let recovery = ada.recovery_code();
        let bodies = [first, second].map(|challenge| code(&challenge, "recovery_code", &recovery));
        let answers = nodes.both("/v1/login/mfa", bodies).await;
        one_wins(&mut outcomes, &answers, 200, &[(401, "invalid_code")]);
    }
    nodes.stop(&outcomes).await;
}

/// Both are right, and both were judged: the challenge is spent once.
async fn a_challenge_with_one_code(database: &TestDatabase) {
    let nodes = Nodes::new(database, &UNHINDERED).await;
    let mut outcomes = Outcomes::new();
    for _ in 0..race_rounds() {
        let ada = nodes.with_second_factor().await;
        let challenge = nodes.challenge(&ada).await;
        let body = code(&challenge, "totp", &ada.code(&nodes.here));
        let answers = nodes.both("/v1/login/mfa", [body.clone(), body]).await;
        one_wins(&mut outcomes, &answers, 200, &[(401, "invalid_code"), (410, "challenge_spent")]);
    }
    nodes.stop(&outcomes).await;
}

/// Two factors that are both good and not the same: only the challenge is in the way of two sessions.
async fn a_challenge_with_a_code_and_a_recovery_code(database: &TestDatabase) {
    let nodes = Nodes::new(database, &UNHINDERED).await;
    let mut outcomes = Outcomes::new();
    for _ in 0..race_rounds() {
        let ada = nodes.with_second_factor().await;
        let challenge = nodes.challenge(&ada).await;
        let totp = code(&challenge, "totp", &ada.code(&nodes.here));
        let recovery = code(&challenge, "recovery_code", &ada.recovery_code());
        let answers = nodes.both("/v1/login/mfa", [totp, recovery]).await;
        one_wins(&mut outcomes, &answers, 200, &[(410, "challenge_spent")]);
        // Whichever lost has left its factor as it was.
        let spent = spent_factors(&nodes, &ada).await;
        assert_eq!(spent, 1, "{outcomes:?}");
    }
    nodes.stop(&outcomes).await;
}

async fn spent_factors(nodes: &Nodes<'_>, person: &Person) -> i64 {
    let of = |table: &str, and: &str| {
        format!("SELECT COUNT(*) FROM {table} WHERE username = '{}' AND {and}", person.username)
    };
    let codes = of("recovery_codes JOIN users ON users.id = user_id", "spent_at IS NOT NULL");
    let steps = of("users", "mfa_last_step IS NOT NULL");
    count(nodes.database, &codes).await + count(nodes.database, &steps).await
}
