//! Each way on which a secret of a person is judged, and each spelling of a name.

use serde_json::{Value, json};

use super::WRONG;
use crate::app::{Answer, PASSWORD, TestApp};
use crate::people::Person;

/// A challenge stands five wrong codes.
const TRIES: usize = 5;

/// What is sent where, with a secret left open.
pub struct Way {
    pub name: String,
    path: &'static str,
    bearer: Option<String>,
    body: Body,
}

enum Body {
    /// The rest of the body, and the name of the field with the secret.
    Of(Value, &'static str),
    /// Challenges, each with how often it may be tried yet.
    Challenges(Vec<(String, usize)>, &'static str),
}

impl Way {
    fn new(
        name: impl Into<String>,
        path: &'static str,
        bearer: Option<&str>,
        rest: Value,
        secret: &'static str,
    ) -> Self {
        Self { name: name.into(), path, bearer: bearer.map(str::to_owned), body: Body::Of(rest, secret) }
    }

    /// A wrong secret.
    pub async fn guess(&mut self, app: &TestApp) -> Answer {
        let wrong = match &self.body {
            Body::Challenges(_, "totp") | Body::Of(_, "code") => "000000",
            Body::Challenges(..) => "aaaa-aaaa-aaaa-aaaa",
            Body::Of(..) => WRONG,
        };
        self.show(app, wrong).await
    }

    pub async fn show(&mut self, app: &TestApp, secret: &str) -> Answer {
        let body = match &mut self.body {
            Body::Of(rest, field) => {
                rest[*field] = json!(secret);
                rest.clone()
            }
            Body::Challenges(challenges, factor) => {
                let challenge = challenges.last().expect("challenges enough").0.clone();
                json!({ "challenge": challenge, "factor": factor, "code": secret })
            }
        };
        let answer = app.post(self.path, self.bearer.as_deref(), &body).await;
        if let (Body::Challenges(challenges, _), 401) = (&mut self.body, answer.status.as_u16()) {
            let last = challenges.last_mut().unwrap();
            last.1 -= 1;
            if last.1 == 0 {
                challenges.pop();
            }
        }
        answer
    }
}

/// By all the names that are the account's, from a device that nobody knows and from the owner's.
fn by_name(person: &Person) -> Vec<Way> {
    let wide: String = person.username.chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap()).collect();
    let spellings = [
        person.email.clone(),
        person.email.to_uppercase(),
        format!("  {}\t", person.email),
        person.username.clone(),
        person.username.to_uppercase(),
        wide,
    ];
    let of = |name: &String| Way::new(name.as_str(), "/v1/login", None, json!({ "identifier": name }), "password");
    let known = json!({ "identifier": person.email, "device_token": person.login.str("device_token") });
    let mut ways: Vec<_> = spellings.iter().map(of).collect();
    ways.push(Way::new("from a known device", "/v1/login", None, known, "password"));
    ways
}

fn signed_in(person: &Person) -> Vec<Way> {
    let access = person.access();
    let bearer = Some(access.as_str());
    let new = json!({ "new_password": "wintry kettle, orbiting twice" });
    vec![
        Way::new("reauthenticate", "/v1/me/reauthenticate", bearer, json!({}), "password"),
        Way::new("change the password", "/v1/password/change", bearer, new, "current_password"),
    ]
}

/// Of somebody who has yet to confirm a second factor, which was offered to them.
pub fn of_the_unguarded(person: &Person) -> Vec<Way> {
    let access = person.access();
    let confirm = Way::new("confirm", "/v1/me/mfa/totp/confirm", Some(&access), json!({}), "code");
    by_name(person).into_iter().chain(signed_in(person)).chain([confirm]).collect()
}

/// Of somebody with a second factor, with challenges for as many guesses from either sort of device.
pub async fn of_the_guarded(app: &TestApp, person: &Person, guesses: usize) -> Vec<Way> {
    let access = person.access();
    let code = Way::new("reauthenticate by code", "/v1/me/reauthenticate", Some(&access), json!({}), "code");
    let mut ways: Vec<_> = by_name(person).into_iter().chain(signed_in(person)).chain([code]).collect();
    for (device, token) in [("an unknown", Value::Null), ("a known", json!(person.login.str("device_token")))] {
        for factor in ["totp", "recovery_code"] {
            let mut challenges = Vec::new();
            for _ in 0..guesses.div_ceil(TRIES) {
                let login = json!({ "identifier": person.email, "password": PASSWORD, "device_token": token });
                challenges.push((app.post("/v1/login", None, &login).await.expect(200).str("challenge"), TRIES));
            }
            let name = format!("{factor} from {device} device");
            ways.push(Way { name, path: "/v1/login/mfa", bearer: None, body: Body::Challenges(challenges, factor) });
        }
    }
    ways
}
