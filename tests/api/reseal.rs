//! Another `SECRET_KEY`: everything moves to it beside a server that goes on, and afterwards the old one is not needed.

use std::sync::atomic::{AtomicBool, Ordering};

use keystead::flows::admin::by::By;
use keystead::flows::reseal::{Resealed, reseal};
use serde_json::json;

use crate::app::{PASSWORD, SECRET_KEY, TestApp, new_email, settings, soon};
use crate::databases::TestDatabase;
use crate::people::{Person, SecondFactor};
use crate::tables::count;

on_each_database! {
    everything_moves_to_another_key_beside_a_running_server,
}

const NEW_KEY: &str = "another secret key for tests, as long as the first one";
const STEP_SECONDS: u64 = 30;
/// Nobody listens there, so mails wait, sealed.
const NO_MAIL_LEAVES: [(&str, &str); 3] =
    [("MAIL_FROM", "keystead@example.org"), ("MAIL_TRANSPORT", "smtp"), ("SMTP_URL", "smtp://127.0.0.1:1?tls=none")];
const TOLD: &str = "SELECT COUNT(*) FROM audit_events WHERE action = 'keys.resealed'";

async fn run(app: &TestApp, dry_run: bool) -> Vec<Resealed> {
    reseal(&app.node.context, &soon(), &By::Operator, dry_run, |_, _| {}).await.unwrap()
}

fn of<'a>(all: &'a [Resealed], table: &str) -> &'a Resealed {
    all.iter().find(|one| one.table == table).unwrap()
}

async fn everything_moves_to_another_key_beside_a_running_server(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &NO_MAIL_LEAVES).await;
    let person = Person::new(&app).await;
    let factor = SecondFactor::turn_on(&app, &person.access()).await;
    let login = app.login(&person.email).await.expect(200);
    app.post("/v1/password/forgot", None, &json!({ "email": person.email })).await.expect(202);
    assert!(run(&app, false).await.iter().all(|one| one.moved == 0 && one.left == 0 && one.unreadable == 0));
    assert_eq!(count(database, TOLD).await, 0, "nothing was done");
    app.node.stop().await;

    let alone = [("SECRET_KEY", NEW_KEY)];
    assert!(
        keystead::cli::node::Node::start(&settings(&database.url, &alone), keystead::domain::clock::Clock::system())
            .await
            .is_err(),
        "the control: with the new key alone nothing opens"
    );

    let previous = ("SECRET_KEY_PREVIOUS", SECRET_KEY);
    let both = [&NO_MAIL_LEAVES[..], &alone, &[previous]].concat();
    let app = TestApp::spawn(&database.url, &both).await;
    let would = run(&app, true).await;
    assert!(would.iter().all(|one| one.moved == 0), "{would:?}");
    assert!(would.iter().all(|one| one.left >= 1), "there is something of each kind: {would:?}");
    let ended = AtomicBool::new(false);
    let moving = async {
        let moved = run(&app, false).await;
        ended.store(true, Ordering::Relaxed);
        moved
    };
    let using = async {
        let mut sign_ins = 0;
        while !ended.load(Ordering::Relaxed) || sign_ins == 0 {
            let email = new_email();
            app.register(&email).await.expect(201);
            let login = app.login(&email).await.expect(200);
            app.refresh(&login.str("refresh_token")).await.expect(200);
            sign_ins += 1;
        }
    };
    let (moved, ()) = tokio::join!(moving, using);
    assert!(moved.iter().all(|one| one.left == 0 && one.unreadable == 0), "{moved:?}");
    for table in ["mac_keys", "signing_keys", "users"] {
        assert_eq!(of(&moved, table).moved, of(&would, table).left, "{moved:?}");
    }
    assert_eq!(count(database, TOLD).await, 1, "one run, one event");
    assert!(run(&app, false).await.iter().all(|one| one.moved == 0), "a second run has nothing to do");
    assert_eq!(count(database, TOLD).await, 1);
    app.node.stop().await;

    let app = TestApp::spawn(&database.url, &alone).await;
    app.refresh(&person.refresh()).await.expect(200);
    // The present step may have been spent by turning it on.
    let step = u64::try_from(app.node.context.house.clock.now().unix_seconds()).unwrap() + STEP_SECONDS;
    let code = factor.totp.generate(step).to_string();
    let body = json!({ "challenge": login.str("challenge"), "factor": "totp", "code": code });
    app.post("/v1/login/mfa", None, &body).await.expect(200);
    let again = json!({ "identifier": person.email, "password": PASSWORD });
    app.post("/v1/login", None, &again).await.expect(200);
    app.node.stop().await;
}
