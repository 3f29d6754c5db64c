//! B8: one rule for new passwords, on every path that sets one.

use std::time::Duration;

use keystead::domain::clock::Deadline;
use keystead::domain::email::Email;
use keystead::domain::password::NewPassword;
use keystead::flows::create_administrator::{CreateAdministratorError, NewAdministrator, create_administrator};
use keystead::flows::offer_set_up::offer_set_up;
use keystead::http::routes::{ADMIN_ROUTES, APP_ROUTES};
use secrecy::ExposeSecret;
use serde_json::json;

use super::{answer_challenge, challenge, change, reasons};
use crate::admin::program;
use crate::app::{Answer, PASSWORD, TestApp};
use crate::by_mail::open_invitation;
use crate::databases::TestDatabase;
use crate::execute;

on_each_database! {
    every_path_has_the_same_rule,
}

/// For somebody called lovelace, with all that can be asked for: what each is refused for.
const BAD: [(&str, &[&str]); 9] = [
    ("Short-1", &["too_short", "too_guessable"]),
    ("Lovelace's Mirror 7", &["account_words"]),
    ("My Keystead-Keystead 1!", &["account_words"]),
    ("no-digits-in-this-Kettle", &["too_few_classes"]),
    ("wintry kettle orbiting", &["too_few_classes"]),
    ("AbcAbcAbcAbc1-1-", &["too_guessable"]),
    ("Zxcvbnm,./12345A", &["too_guessable"]),
    ("Ecalevol, 7Keystead", &["account_words"]),
    ("1q2w3e4r5t6y", &["too_few_classes", "too_common", "too_guessable"]),
];
const GOOD: &str = "Wintry kettle, orbit 7";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Path {
    SetUp,
    Register,
    /// Where registration is by invitation, or may be.
    Invitation,
    /// Where the address has to be verified before there is an account.
    AwaitingProof,
    Change,
    AtLogin,
    Reset,
    AtTheTerminal,
    /// Somebody else makes the account.
    Made,
    /// Somebody else sets it.
    Given,
}

const ALL: [Path; 10] = [
    Path::SetUp,
    Path::Register,
    Path::Invitation,
    Path::AwaitingProof,
    Path::Change,
    Path::AtLogin,
    Path::Reset,
    Path::AtTheTerminal,
    Path::Made,
    Path::Given,
];

/// What was answered: nothing, or the reasons.
type Told = Result<(), Vec<String>>;

fn told(answer: &Answer, pointer: &str) -> Told {
    if answer.status.is_success() { Ok(()) } else { Err(reasons(answer, pointer)) }
}

struct Walk<'a> {
    app: &'a TestApp,
    email: String,
    /// What the path needs before the password: a token, a session, a challenge.
    key: String,
}

impl<'a> Walk<'a> {
    async fn up_to(path: Path, app: &'a TestApp, database: &TestDatabase) -> Self {
        let email = format!("Lovelace@{}.test", uuid::Uuid::now_v7().simple());
        let mut walk = Self { app, email, key: String::new() };
        match path {
            Path::SetUp => {
                let offered = offer_set_up(&app.node.context, soon()).await.unwrap().unwrap();
                walk.key = offered.secret().expose_secret().to_owned();
            }
            Path::Invitation => walk.key = open_invitation(app).await,
            Path::Made => walk.key = program(app, "users:write").await,
            Path::Given => {
                let made = walk.register("Older kettle, orbit 6").await.expect(201).json();
                let id = made["user"]["id"].as_str().unwrap().to_owned();
                walk.key = format!("{} {id}", program(app, "users:write").await);
            }
            Path::Register | Path::AwaitingProof | Path::AtTheTerminal => {}
            Path::Reset => {
                walk.register("Older kettle, orbit 6").await.expect(201);
                app.post("/v1/password/forgot", None, &json!({ "email": walk.email })).await.expect(202);
                walk.key = app.mail_to(&walk.email, "reset_password").await.token();
            }
            Path::Change | Path::AtLogin => {
                walk.register("Older kettle, orbit 6").await.expect(201);
                let change = "must_change_password = TRUE";
                if path == Path::AtLogin {
                    execute(database, &format!("UPDATE users SET {change} WHERE email = '{}'", walk.email)).await;
                }
                let login = super::log_in(app, &walk.email, "Older kettle, orbit 6").await.expect(200);
                walk.key = if path == Path::AtLogin { challenge(&login) } else { login.str("access_token") };
            }
        }
        walk
    }

    async fn register(&self, password: &str) -> Answer {
        self.app.post("/v1/register", None, &json!({ "email": self.email, "password": password })).await
    }

    async fn set(&self, path: Path, password: &str) -> Told {
        let (app, key) = (self.app, self.key.as_str());
        match path {
            Path::SetUp => {
                let body = json!({ "token": key, "email": self.email, "password": password });
                told(&app.post("/v1/setup", None, &body).await, "/password")
            }
            Path::Register => told(&self.register(password).await, "/password"),
            Path::Invitation => {
                let body = json!({ "email": self.email, "password": password, "invitation": key });
                told(&app.post("/v1/register", None, &body).await, "/password")
            }
            Path::AwaitingProof => self.await_proof(password).await,
            Path::Change => told(&change(app, key, "Older kettle, orbit 6", password).await, "/new_password"),
            Path::AtLogin => told(&answer_challenge(app, key, password).await, "/new_password"),
            Path::Reset => {
                let body = json!({ "token": key, "new_password": password });
                told(&app.post("/v1/password/reset", None, &body).await, "/new_password")
            }
            Path::AtTheTerminal => self.at_the_terminal(password).await,
            Path::Made => {
                let body = json!({ "email": self.email, "password": password });
                told(&app.post("/v1/admin/users", Some(key), &body).await, "/password")
            }
            Path::Given => {
                let (token, id) = key.split_once(' ').unwrap();
                let path = format!("/v1/admin/users/{id}/set-password");
                told(&app.post(&path, Some(token), &json!({ "new_password": password })).await, "/new_password")
            }
        }
    }

    /// The mail is answered, if there is one.
    async fn await_proof(&self, password: &str) -> Told {
        told(&self.register(password).await, "/password")?;
        let token = self.app.mail_to(&self.email, "verify_email").await.token();
        self.app.post("/v1/email/verify", None, &json!({ "token": token })).await.expect(204);
        Ok(())
    }

    async fn at_the_terminal(&self, password: &str) -> Told {
        let new = NewAdministrator {
            username: None,
            email: Some(Email::parse(&self.email).unwrap()),
            password: Some(NewPassword::parse(password.to_owned().into()).unwrap()),
        };
        match create_administrator(&self.app.node.context, &crate::app::soon(), new).await {
            Ok(_) => Ok(()),
            Err(CreateAdministratorError::WeakPassword(why)) => {
                Err(why.iter().map(|weakness| weakness.code().to_owned()).collect())
            }
            Err(other) => panic!("{other}"),
        }
    }
}

fn soon() -> Deadline {
    Deadline::within(Duration::from_secs(10))
}

async fn every_path_has_the_same_rule(database: &TestDatabase) {
    let rule = [("PASSWORD_REQUIRED_CLASSES", "4"), ("PASSWORD_HISTORY", "3")];
    let app = TestApp::spawn(&database.url, &rule).await;
    let strict = TestApp::spawn(&database.url, &[&rule[..], &[("EMAIL_VERIFICATION", "required")]].concat()).await;
    for path in ALL {
        let app = if path == Path::AwaitingProof { &strict } else { &app };
        let walk = Walk::up_to(path, app, database).await;
        for (bad, codes) in BAD {
            let expected = Err(codes.iter().map(|&code| code.to_owned()).collect());
            assert_eq!(walk.set(path, bad).await, expected, "{path:?} {bad}");
        }
        assert_eq!(walk.set(path, GOOD).await, Ok(()), "{path:?}");
        super::log_in(app, &walk.email, GOOD).await.expect(200);
    }
    assert_ne!(PASSWORD, GOOD);
    app.node.stop().await;
    strict.node.stop().await;
}

/// A route that takes a new password stands in the table above, or it is here that somebody hears of it.
#[test]
fn every_route_that_sets_a_password_is_walked() {
    let walked = ["/v1/setup", "/v1/register", "/v1/password/change", "/v1/login/password", "/v1/password/reset"];
    let walked = [&walked[..], &["/v1/admin/users/{id}/set-password"]].concat();
    let others = [
        "/v1/login",
        "/v1/password/policy",
        "/v1/password/check",
        "/v1/password/forgot",
        "/v1/admin/users/{id}/require-password-change",
    ];
    let by_name = |path: &str| path.starts_with("/v1/") && path.contains("password");
    let paths = APP_ROUTES.iter().map(|(path, _)| path).chain(ADMIN_ROUTES.iter().map(|(path, _, _)| path));
    for path in paths.filter(|path| by_name(path)) {
        let is_known = walked.contains(path) || others.contains(path);
        assert!(is_known, "{path}: walk it in tests/api/passwords/one_rule.rs, or say that it sets none");
    }
}
