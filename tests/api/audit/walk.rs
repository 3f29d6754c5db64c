//! Each thing that changes something, right and wrong, and the events that it leaves: these and no others.

use std::time::Duration;

use keystead::domain::audit_event::Action;
use keystead::domain::clock::Deadline;
use keystead::domain::email::Email;
use keystead::flows::admin::by::By;
use keystead::flows::admin::invitations::make_invitation;
use keystead::flows::create_administrator::{NewAdministrator, create_administrator};
use keystead::flows::offer_set_up::offer_set_up;
use secrecy::ExposeSecret;
use serde_json::json;
use uuid::Uuid;

use super::credentials::{mails, passwords, second_factors};
use super::outsiders::{clients, proofs, providers};
use super::trail::Trail;
use crate::app::{PASSWORD, TestApp, new_email};
use crate::databases::TestDatabase;
use crate::execute;
use crate::github::GitHub;
use crate::people::Person;

on_each_database! {
    everything_that_changes_something_is_told,
}

pub const WRONG: &str = "the wrong password of somebody else";
pub const NEW: &str = "another horse, another battery, another staple";

/// What is done on the admin plane, by roles of a provider, by the keys, by imports and exports and by the trail itself: their own tests look for
/// it.
const ELSEWHERE: &[Action] = &[
    Action::UserLocked,
    Action::UserUnlocked,
    Action::PasswordSet,
    Action::PasswordChangeRequired,
    Action::MfaReset,
    Action::RoleTaken,
    Action::RolesClaimed,
    Action::RoleChanged,
    Action::RoleDeleted,
    Action::InvitationWithdrawn,
    Action::ClientDeleted,
    Action::ClientSecretRotated,
    Action::KeyCreated,
    Action::KeyRetired,
    Action::KeysResealed,
    Action::UsersImported,
    Action::UsersExported,
    Action::DatabaseRestored,
    Action::DatabaseCopied,
    Action::AuditRead,
    Action::AuditExported,
    Action::AuditDropped,
];

async fn everything_that_changes_something_is_told(database: &TestDatabase) {
    let github = GitHub::start().await;
    let more = [("THROTTLE", "off"), ("REFRESH_GRACE_SECONDS", "0"), ("EMAIL_VERIFICATION", "optional")];
    let app = TestApp::spawn(&database.url, &[&github.settings()[..], &more].concat()).await;
    let mut trail = Trail::from_now(&app).await;
    beginnings(&app, &mut trail).await;
    accounts(&app, &mut trail).await;
    sign_ins(&app, &mut trail, database).await;
    sessions(&app, &mut trail, database).await;
    second_factors(&app, &mut trail).await;
    passwords(&app, &mut trail, database).await;
    mails(&app, &mut trail).await;
    clients(&app, &mut trail).await;
    providers(&app, &mut trail, &github).await;
    proofs(database, &mut trail).await;
    let told = trail.actions().await;
    let missing: Vec<_> = Action::ALL.iter().filter(|action| !told.contains(action.word())).collect();
    let unexpected: Vec<_> = missing.iter().filter(|action| !ELSEWHERE.contains(action)).collect();
    assert!(unexpected.is_empty(), "nothing in this walk tells of {unexpected:?}");
    app.node.stop().await;
    github.stop().await;
}

fn soon() -> Deadline {
    Deadline::within(Duration::from_secs(10))
}

pub fn id(text: &str) -> Option<Uuid> {
    text.parse().ok()
}

async fn beginnings(app: &TestApp, trail: &mut Trail<'_>) {
    let first = trail.actions().await;
    assert!(first.contains("node.started") && first.contains("role.created"), "{first:?}");
    let token = offer_set_up(&app.node.context, soon()).await.unwrap().unwrap();
    trail.tells_of_itself(&["set_up.offered"]).await;
    let body = json!({ "token": token.secret().expose_secret(), "email": new_email(), "password": PASSWORD });
    let made = app.post("/v1/setup", None, &body).await.expect(201);
    trail.tells(&made, &["user.created", "role.granted"]).await;
    let again = app.post("/v1/setup", None, &body).await.expect(410);
    trail.tells(&again, &[]).await;
    let administrator = async |email: &str, password: Option<&str>| {
        let password = password.map(|text| keystead::domain::password::NewPassword::parse(text.into()).unwrap());
        let email = Some(Email::parse(email).unwrap());
        let new = NewAdministrator { username: None, email, password };
        create_administrator(&app.node.context, &crate::app::soon(), new).await.unwrap();
    };
    let email = new_email();
    administrator(&email, Some(PASSWORD)).await;
    let told = trail.tells_of_itself(&["user.created", "role.granted"]).await;
    assert!(told.iter().all(|event| event.actor_kind == "operator" && event.node.is_nil()), "{told:?}");
    administrator(&email, None).await;
    trail.tells_of_itself(&[]).await;
    let person = app.register(&new_email()).await.expect(201);
    trail.news().await;
    administrator(person.json()["user"]["email"].as_str().unwrap(), None).await;
    let [granted] = &trail.tells_of_itself(&["role.granted"]).await[..] else { panic!("one") };
    assert_eq!(granted.detail("role").as_deref(), Some("admin"));
}

async fn accounts(app: &TestApp, trail: &mut Trail<'_>) {
    let email = new_email();
    let made = app.register(&email).await.expect(201);
    let user_id = id(made.json()["user"]["id"].as_str().unwrap());
    let [created] = &trail.tells(&made, &["user.created"]).await[..] else { panic!("one") };
    assert_eq!((created.actor_id, created.subject_id, created.identifier.as_ref()), (user_id, user_id, Some(&email)));
    trail.tells(&app.register(&email).await.expect(409), &[]).await;
    let invited = make_invitation(&app.node.context, &crate::app::soon(), &By::Operator, None).await.unwrap();
    trail.tells_of_itself(&["invitation.made"]).await;
    let body =
        json!({ "email": new_email(), "password": PASSWORD, "invitation": invited.token.unwrap().expose_secret() });
    let made = app.post("/v1/register", None, &body).await.expect(201);
    let [created] = &trail.tells(&made, &["user.created"]).await[..] else { panic!("one") };
    assert_eq!(created.detail("by").as_deref(), Some("invitation"));
    let login = app.login(&email).await.expect(200);
    let bearer = login.str("access_token");
    let [begun] = &trail.tells(&login, &["session.begun"]).await[..] else { panic!("one") };
    assert_eq!((begun.actor_id, begun.subject_id, begun.session_id), (user_id, user_id, id(&login.str("session_id"))));
    let changed = app.patch("/v1/me", Some(&bearer), &json!({ "display_name": "Ada" })).await.expect(200);
    let [changed] = &trail.tells(&changed, &["user.changed"]).await[..] else { panic!("one") };
    assert_eq!(changed.detail("fields").as_deref(), Some("display_name"), "and not what it is now");
    let exported = app.get("/v1/me/export", Some(&bearer)).await.expect(200);
    trail.tells(&exported, &["personal_data.exported"]).await;
    let left = app.post("/v1/me/delete", Some(&bearer), &json!({})).await.expect(204);
    trail.tells(&left, &["user.deleted"]).await;
    trail.tells(&app.post("/v1/me/delete", Some(&bearer), &json!({})).await.expect(401), &[]).await;
}

async fn sign_ins(app: &TestApp, trail: &mut Trail<'_>, database: &TestDatabase) {
    let ada = Person::new(app).await;
    let user_id = id(ada.login.json()["user"]["id"].as_str().unwrap());
    trail.news().await;
    let login = async |identifier: &str, password: &str| {
        app.post("/v1/login", None, &json!({ "identifier": identifier, "password": password })).await
    };
    for (identifier, cause, known) in [
        (ada.email.as_str(), "wrong_password", true),
        (ada.username.as_str(), "wrong_password", true),
        ("nobody@example.org", "unknown", true),
        // Neither an address nor somebody's name: it may be a password.
        ("nobody-by-this-name", "unknown", false),
        ("no name at all", "unknown", false),
    ] {
        let answer = login(identifier, WRONG).await.expect(401);
        let expected = format!("sign_in.failed!{cause}");
        let [failed] = &trail.tells(&answer, &[&expected]).await[..] else { panic!("one") };
        assert_eq!(failed.identifier.as_deref(), known.then_some(identifier));
        assert_eq!(failed.subject_id, user_id.filter(|_| cause == "wrong_password"), "{identifier}");
        assert_eq!(failed.actor_kind, "nobody");
    }
    for (change, undo, cause) in [
        ("locked_at = 1", "locked_at = NULL", "locked"),
        ("active = FALSE", "active = TRUE", "disabled"),
        ("hashed_password = NULL", "must_change_password = FALSE", "no_password"),
    ] {
        let update =
            async |set: &str| execute(database, &format!("UPDATE users SET {set} WHERE email = '{}'", ada.email)).await;
        update(change).await;
        let answer = login(&ada.email, PASSWORD).await.expect(401);
        trail.tells(&answer, &[&format!("sign_in.failed!{cause}")]).await;
        update(undo).await;
    }
}

async fn sessions(app: &TestApp, trail: &mut Trail<'_>, database: &TestDatabase) {
    let ada = Person::new(app).await;
    trail.news().await;
    let again = async |password: &str| {
        app.post("/v1/me/reauthenticate", Some(&ada.access()), &json!({ "password": password })).await
    };
    trail.tells(&again(WRONG).await.expect(401), &["reauthentication.failed!wrong_password"]).await;
    trail.tells(&again(PASSWORD).await.expect(200), &["session.renewed"]).await;
    let next = app.refresh(&ada.refresh()).await.expect(200);
    trail.tells(&next, &[]).await;
    let reused = app.refresh(&ada.refresh()).await.expect(401);
    let told = trail.tells(&reused, &["refresh_token.reused!refresh_token_reused", "session.ended"]).await;
    assert!(told.iter().all(|event| event.session_id == id(&ada.login.str("session_id"))), "{told:?}");
    trail.tells(&app.refresh(&ada.refresh()).await.expect(401), &[]).await;
    // As after a backup was put back.
    let login = app.login(&ada.email).await.expect(200);
    let next = app.refresh(&login.str("refresh_token")).await.expect(200);
    execute(database, "UPDATE refresh_tokens SET generation = 0").await;
    trail.news().await;
    let newer = app.refresh(&next.str("refresh_token")).await.expect(401);
    trail.tells(&newer, &["state.rolled_back!state_rolled_back", "session.ended"]).await;

    let [one, two, three] = [app.login(&ada.email).await, app.login(&ada.email).await, app.login(&ada.email).await];
    trail.news().await;
    let path = format!("/v1/me/sessions/{}", two.str("session_id"));
    let bearer = one.str("access_token");
    for events in [&["session.ended"][..], &[]] {
        trail.tells(&app.delete(&path, Some(&bearer)).await.expect(204), events).await;
    }
    for (scope, action) in [("others", "sessions.ended"), ("this", "session.ended")] {
        trail.tells(&app.logout(&bearer, scope).await.expect(204), &[action]).await;
    }
    trail.tells(&app.logout(&bearer, "this").await.expect(204), &[]).await;
    trail.tells(&app.logout(&three.str("access_token"), "this").await.expect(204), &[]).await;
    let last = app.login(&ada.email).await.expect(200).str("access_token");
    trail.news().await;
    let [all] = &trail.tells(&app.logout(&last, "all").await.expect(204), &["sessions.ended"]).await[..] else {
        panic!()
    };
    assert_eq!(all.detail("scope").as_deref(), Some("all"));
}
