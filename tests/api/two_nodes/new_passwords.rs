//! Two new passwords at once: by a token that came by mail, and on the way in.

use serde_json::json;

use super::{Nodes, Outcomes, UNHINDERED, one_wins};
use crate::app::Answer;
use crate::databases::TestDatabase;
use crate::people::Person;
use crate::race_rounds;
use crate::tables::execute;

on_each_database! {
    a_reset_token,
    a_challenge_for_a_new_password,
}

async fn a_reset_token(database: &TestDatabase) {
    let nodes = Nodes::new(database, &UNHINDERED).await;
    let mut outcomes = Outcomes::new();
    for round in 0..race_rounds() {
        let ada = Person::new(&nodes.here).await;
        nodes.there.post("/v1/password/forgot", None, &json!({ "email": ada.email })).await.expect(202);
        let token = nodes.here.mail_to(&ada.email, "reset_password").await.token();
        let passwords = two_passwords(round);
        let bodies = passwords.each_ref().map(|new| json!({ "token": token, "new_password": new }));
        let answers = nodes.both("/v1/password/reset", bodies).await;
        one_wins(&mut outcomes, &answers, 204, &[(410, "token_spent")]);
        the_winners_holds(&nodes, &ada, &passwords, &answers).await;
    }
    nodes.stop(&outcomes).await;
}

async fn a_challenge_for_a_new_password(database: &TestDatabase) {
    let nodes = Nodes::new(database, &UNHINDERED).await;
    let mut outcomes = Outcomes::new();
    for round in 0..race_rounds() {
        let ada = Person::new(&nodes.here).await;
        let must = format!("UPDATE users SET must_change_password = TRUE WHERE username = '{}'", ada.username);
        execute(database, &must).await;
        let challenge = nodes.challenge(&ada).await;
        let passwords = two_passwords(round);
        let bodies = passwords.each_ref().map(|new| json!({ "challenge": challenge, "new_password": new }));
        let answers = nodes.both("/v1/login/password", bodies).await;
        one_wins(&mut outcomes, &answers, 200, &[(410, "challenge_spent")]);
        the_winners_holds(&nodes, &ada, &passwords, &answers).await;
    }
    nodes.stop(&outcomes).await;
}

fn two_passwords(round: u64) -> [String; 2] {
    ["here", "there"].map(|place| format!("a horse {place}, a battery {round}, a staple"))
}

async fn the_winners_holds(nodes: &Nodes<'_>, person: &Person, passwords: &[String; 2], answers: &[Answer; 2]) {
    for (password, answer) in passwords.iter().zip(answers) {
        let body = json!({ "identifier": person.email, "password": password });
        let status = if answer.status.is_success() { 200 } else { 401 };
        nodes.here.post("/v1/login", None, &body).await.expect(status);
    }
}
