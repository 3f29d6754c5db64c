//! What came by mail.

use serde_json::json;

use super::{Nodes, Outcomes, UNHINDERED, one_wins};
use crate::databases::TestDatabase;
use crate::people::Person;
use crate::race_rounds;

on_each_database! {
    a_reset_token,
}

async fn a_reset_token(database: &TestDatabase) {
    let nodes = Nodes::new(database, &UNHINDERED).await;
    let mut outcomes = Outcomes::new();
    for round in 0..race_rounds() {
        let ada = Person::new(&nodes.here).await;
        nodes.there.post("/v1/password/forgot", None, &json!({ "email": ada.email })).await.expect(202);
        let token = nodes.here.mail_to(&ada.email, "reset_password").await.token();
        let passwords = ["here", "there"].map(|place| format!("a horse {place}, a battery {round}, a staple"));
        let bodies = passwords.each_ref().map(|new| json!({ "token": token, "new_password": new }));
        let answers = nodes.both("/v1/password/reset", bodies).await;
        one_wins(&mut outcomes, &answers, 204, &[(410, "token_spent")]);
        // The password is the winner's.
        for (password, answer) in passwords.iter().zip(&answers) {
            let body = json!({ "identifier": ada.email, "password": password });
            let status = if answer.status == 204 { 200 } else { 401 };
            nodes.here.post("/v1/login", None, &body).await.expect(status);
        }
    }
    nodes.stop(&outcomes).await;
}
