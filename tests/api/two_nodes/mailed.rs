//! What came by mail, or was handed on: each is good once, and what it is fought over goes to one.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{Nodes, Outcomes, UNHINDERED, one_wins};
use crate::app::{PASSWORD, new_email};
use crate::by_mail::open_invitation;
use crate::databases::TestDatabase;
use crate::people::Person;
use crate::race_rounds;
use crate::tables::count;

on_each_database! {
    a_registration_that_is_answered_twice,
    two_registrations_of_one_address,
    an_address_that_is_verified_twice,
    an_address_that_two_want,
    an_invitation_for_two,
    two_reset_tokens_of_one_account,
}

const REQUIRED: (&str, &str) = ("EMAIL_VERIFICATION", "required");
const SPENT: [(u16, &str); 1] = [(410, "token_spent")];

fn token(text: &str) -> Value {
    json!({ "token": text })
}

async fn a_registration_that_is_answered_twice(database: &TestDatabase) {
    let nodes = Nodes::new(database, &[REQUIRED]).await;
    let mut outcomes = Outcomes::new();
    for _ in 0..race_rounds() {
        let email = new_email();
        nodes.here.register(&email).await.expect(202);
        let mailed = nodes.there.mail_to(&email, "verify_email").await.token();
        let answers = nodes.both("/v1/email/verify", [token(&mailed), token(&mailed)]).await;
        one_wins(&mut outcomes, &answers, 204, &SPENT);
        nodes.there.login(&email).await.expect(200);
    }
    nodes.stop(&outcomes).await;
}

async fn two_registrations_of_one_address(database: &TestDatabase) {
    let nodes = Nodes::new(database, &[REQUIRED, UNHINDERED[0]]).await;
    let mut outcomes = Outcomes::new();
    for round in 0..race_rounds() {
        let email = new_email();
        let passwords = ["here", "there"].map(|place| format!("a horse {place}, a battery {round}, a staple"));
        let mut mailed = Vec::new();
        for password in &passwords {
            let body = json!({ "email": email, "password": password });
            nodes.here.post("/v1/register", None, &body).await.expect(202);
            mailed.push(nodes.here.mail_to(&email, "verify_email").await.token());
        }
        let answers = nodes.both("/v1/email/verify", [token(&mailed[0]), token(&mailed[1])]).await;
        one_wins(&mut outcomes, &answers, 204, &SPENT);
        for (password, answer) in passwords.iter().zip(&answers) {
            let status = if answer.status == 204 { 200 } else { 401 };
            let body = json!({ "identifier": email, "password": password });
            nodes.there.post("/v1/login", None, &body).await.expect(status);
        }
    }
    nodes.stop(&outcomes).await;
}

async fn an_address_that_is_verified_twice(database: &TestDatabase) {
    let nodes = Nodes::new(database, &[("EMAIL_VERIFICATION", "optional")]).await;
    let mut outcomes = Outcomes::new();
    for _ in 0..race_rounds() {
        let ada = Person::new(&nodes.here).await;
        let mailed = nodes.there.mail_to(&ada.email, "verify_email").await.token();
        let answers = nodes.both("/v1/email/verify", [token(&mailed), token(&mailed)]).await;
        one_wins(&mut outcomes, &answers, 204, &SPENT);
    }
    nodes.stop(&outcomes).await;
}

/// Each was told by mail that it can have it.
async fn an_address_that_two_want(database: &TestDatabase) {
    let nodes = Nodes::new(database, &UNHINDERED).await;
    let mut outcomes = Outcomes::new();
    for _ in 0..race_rounds() {
        let (ada, bob, wanted) = (Person::new(&nodes.here).await, Person::new(&nodes.here).await, new_email());
        let mut mailed = Vec::new();
        for person in [&ada, &bob] {
            let body = json!({ "new_email": wanted });
            nodes.here.post("/v1/email/change", Some(&person.access()), &body).await.expect(204);
            mailed.push(nodes.here.mail_to(&wanted, "confirm_email_change").await.token());
        }
        let answers = nodes.both("/v1/email/change/confirm", [token(&mailed[0]), token(&mailed[1])]).await;
        one_wins(&mut outcomes, &answers, 204, &[(409, "email_taken")]);
        // Whoever lost has the old address, and the old addresses were told of what happened.
        let (winner, loser) = if answers[0].status == StatusCode::NO_CONTENT { (ada, bob) } else { (bob, ada) };
        nodes.there.login(&winner.email).await.expect(401);
        nodes.there.login(&loser.email).await.expect(200);
    }
    let told = count(database, "SELECT COUNT(*) FROM outbox WHERE kind = 'email_changed'").await;
    assert_eq!(told, i64::try_from(race_rounds()).unwrap());
    nodes.stop(&outcomes).await;
}

async fn an_invitation_for_two(database: &TestDatabase) {
    let nodes = Nodes::new(database, &[("REGISTRATION", "invite")]).await;
    let mut outcomes = Outcomes::new();
    for _ in 0..race_rounds() {
        let invitation = open_invitation(&nodes.here).await;
        let register = |email: String| json!({ "email": email, "password": PASSWORD, "invitation": invitation });
        let answers = nodes.both("/v1/register", [register(new_email()), register(new_email())]).await;
        one_wins(&mut outcomes, &answers, 201, &SPENT);
    }
    let made = count(database, "SELECT COUNT(*) FROM users").await;
    assert_eq!(made, i64::try_from(race_rounds()).unwrap());
    nodes.stop(&outcomes).await;
}

/// Both are good until one of them is used.
async fn two_reset_tokens_of_one_account(database: &TestDatabase) {
    let nodes = Nodes::new(database, &UNHINDERED).await;
    let mut outcomes = Outcomes::new();
    for round in 0..race_rounds() {
        let ada = Person::new(&nodes.here).await;
        let mut bodies = Vec::new();
        for place in ["here", "there"] {
            nodes.there.post("/v1/password/forgot", None, &json!({ "email": ada.email })).await.expect(202);
            let mailed = nodes.here.mail_to(&ada.email, "reset_password").await.token();
            let new = format!("a horse {place}, a battery {round}, a staple");
            bodies.push(json!({ "token": mailed, "new_password": new }));
        }
        let [first, second] = [bodies[0].clone(), bodies[1].clone()];
        let answers = nodes.both("/v1/password/reset", [first, second]).await;
        one_wins(&mut outcomes, &answers, 204, &SPENT);
    }
    nodes.stop(&outcomes).await;
}
