//! An administrator who is locked out of everything gets back in with the command line alone, beside a server that runs.

use keystead::domain::clock::Clock;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use totp_rs::{Builder, Secret};

use crate::program::{Program, Server};

const FORGOTTEN: &str = "three plain words";
const OWN: &str = "three words of one's own";
/// `LOGIN_ATTEMPTS_PER_ACCOUNT` below.
const TRIES: usize = 3;

struct Api<'a> {
    server: &'a Server,
    http: Client,
}

impl Api<'_> {
    async fn ask(&self, asked: RequestBuilder, token: Option<&str>) -> (u16, Value) {
        let asked = token.iter().fold(asked, RequestBuilder::bearer_auth);
        let answer = asked.send().await.unwrap();
        (answer.status().as_u16(), serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default())
    }

    async fn post(&self, path: &str, token: Option<&str>, body: &Value) -> (u16, Value) {
        self.ask(self.http.post(format!("{}{path}", self.server.url)).json(body), token).await
    }

    async fn get(&self, path: &str, token: &str) -> u16 {
        self.ask(self.http.get(format!("{}{path}", self.server.url)), Some(token)).await.0
    }

    async fn login(&self, password: &str) -> (u16, Value) {
        self.post("/v1/login", None, &json!({ "identifier": "root", "password": password })).await
    }

    /// How far the password leads: a status of a sign-in, or a refusal's code.
    async fn reaches(&self, password: &str) -> String {
        let (_, answer) = self.login(password).await;
        let word = answer.get("code").filter(|code| code.is_string()).unwrap_or(&answer["status"]);
        word.as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    /// A second factor of an authenticator that is lost in the next moment.
    async fn turn_on_second_factor(&self, token: &str) {
        let (status, offered) = self.post("/v1/me/mfa/totp", Some(token), &json!({})).await;
        assert_eq!(status, 201, "{offered}");
        let secret = Secret::try_from_base32(offered["secret"].as_str().unwrap()).unwrap();
        let totp = Builder::new().with_secret(secret).with_account_name("root").build().unwrap();
        let now = u64::try_from(Clock::system().now().as_micros() / 1_000_000).unwrap();
        let code = json!({ "code": totp.generate(now).to_string() });
        let (status, answer) = self.post("/v1/me/mfa/totp/confirm", Some(token), &code).await;
        assert_eq!(status, 200, "{answer}");
    }
}

/// Everything at once that can keep somebody out.
async fn lock_out(program: &Program, api: &Api<'_>) {
    let (status, login) = api.login(FORGOTTEN).await;
    assert_eq!(status, 200, "{login}");
    api.turn_on_second_factor(login["access_token"].as_str().unwrap()).await;
    for _ in 0..TRIES {
        assert_eq!(api.login("guessed by somebody").await.0, 401);
    }
    // There is another one, so that this one is not the last; nobody knows a password of theirs.
    program.ok(&["users", "create", "--username", "another", "--role", "admin"]);
    program.ok(&["users", "update", "root", "--email-verified", "false"]);
    program.ok(&["roles", "revoke", "admin", "root"]);
    program.ok(&["users", "lock", "root"]);
}

fn told(program: &Program) -> Vec<(String, String)> {
    let event = |line: &str| {
        let event: Value = serde_json::from_str(line).unwrap();
        let word = |value: &Value| value.as_str().unwrap().to_owned();
        (word(&event["action"]), word(&event["actor"]["kind"]))
    };
    let told = program.ok(&["audit", "tail", "-n", "100"]);
    told.lines().map(event).filter(|(action, _)| action != "audit.read").collect()
}

#[tokio::test]
async fn an_administrator_locked_out_of_everything_gets_back_in_with_the_command_line_alone() {
    let program = Program::new()
        .with("EMAIL_VERIFICATION", "required")
        .with("MAIL_TRANSPORT", "file")
        .with("MAIL_DIR", "mails")
        .with("LOGIN_ATTEMPTS_PER_ACCOUNT", &TRIES.to_string());
    program.ok(&["db", "init"]);
    let root = ["db", "create-admin", "--email", "root@example.com", "--username", "root", "--password-stdin"];
    assert_eq!(program.run_with_input(&root, FORGOTTEN).code, 0);
    let server = program.serve(&[]);
    let api = Api { server: &server, http: Client::new() };
    lock_out(&program, &api).await;
    let before = told(&program).len();

    // Each step takes one thing out of the way, and shows the next one.
    assert_eq!(api.reaches(FORGOTTEN).await, "too_many_attempts");
    program.ok(&["users", "unlock", "root"]);
    assert_eq!(api.reaches(FORGOTTEN).await, "email_not_verified");
    program.ok(&["users", "verify-email", "root"]);
    assert_eq!(api.reaches(FORGOTTEN).await, "mfa_required");
    program.ok(&["mfa", "reset", "root", "--yes"]);
    program.ok(&["roles", "grant", "admin", "root"]);
    let given = program.ok(&["users", "set-password", "root", "--generate", "--json"]);
    let given: Value = serde_json::from_str(&given).unwrap();
    let given = given["temporary_password"].as_str().unwrap();
    let (status, owed) = api.login(given).await;
    assert_eq!((status, &owed["status"]), (200, &"password_change_required".into()), "{owed}");
    let change = json!({ "challenge": owed["challenge"], "new_password": OWN });
    let (status, login) = api.post("/v1/login/password", None, &change).await;
    assert_eq!((status, &login["status"]), (200, &"authenticated".into()), "{login}");
    let token = login["access_token"].as_str().unwrap();
    assert_eq!(api.get("/v1/admin/users", token).await, 200);
    assert_eq!(api.reaches(given).await, "invalid_credentials");
    assert_eq!(api.reaches(OWN).await, "authenticated");

    let events = told(&program);
    let deeds: Vec<_> = events[before..].iter().map(|(action, kind)| (action.as_str(), kind.as_str())).collect();
    let by_operator: Vec<_> = deeds.iter().filter(|(_, kind)| *kind == "operator").map(|(action, _)| *action).collect();
    let expected = ["user.unlocked", "email.verified", "mfa.reset", "role.granted", "password.set"];
    assert_eq!(by_operator, expected);
    let own = [("password.changed", "person"), ("session.begun", "person")];
    assert!(own.iter().all(|deed| deeds.contains(deed)), "{deeds:?}");
    drop(api);
    assert_eq!(server.stop().code, 0);
    program.ok(&["audit", "verify"]);
}
