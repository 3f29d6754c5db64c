//! What is asked in pairs, and the accounts that have to be there first.

use std::path::Path;

use serde_json::{Value, json};

use crate::client::{Client, Timed};
use crate::databases::TestDatabase;
use crate::server::Server;
use crate::tables::execute;

const PASSWORD: &str = "correct horse battery staple";
const WRONG: &str = "a different horse altogether";
/// About 1.2 ms.
const HASH: &[(&str, &str)] = &[("HASH_MEMORY_KIB", "4096"), ("HASH_ITERATIONS", "2")];
/// About 0.03 ms.
const CHEAP_HASH: &[(&str, &str)] = &[("HASH_MEMORY_KIB", "8"), ("HASH_ITERATIONS", "1")];
/// Accounts that are asked about in turn, where asking changes nothing.
const IN_TURN: usize = 200;

#[derive(Clone, Copy, Debug)]
pub enum Side {
    Left,
    Right,
}

pub struct Question {
    pub name: &'static str,
    path: &'static str,
    /// Of both sides' answers.
    status: u16,
    settings: &'static [(&'static str, &'static str)],
    accounts: Accounts,
    /// The bodies; given the number of an account.
    left: fn(usize) -> Value,
    right: fn(usize) -> Value,
}

/// Two accounts a number: an open one, and one that something is done to.
struct Accounts {
    hash: &'static [(&'static str, &'static str)],
    /// What is done to those that are called closed.
    closing: Option<&'static str>,
    /// A number for each pair, because asking changes something. Otherwise they come round again.
    one_a_pair: bool,
}

const PLAIN: Accounts = Accounts { hash: HASH, closing: None, one_a_pair: false };

pub const UNKNOWN_OR_WRONG: Question = Question {
    name: "login: unknown account or wrong password",
    path: "/v1/login",
    status: 401,
    settings: &[("THROTTLE", "off")],
    accounts: PLAIN,
    left: |_| login(&unknown(), WRONG),
    right: |number| login(&open(number), WRONG),
};

/// As in production: each failure is written down, for the account or the name, and for the network.
pub const UNKNOWN_OR_WRONG_COUNTED: Question = Question {
    name: "login: unknown account or wrong password, each failure counted",
    settings: &[],
    accounts: Accounts { one_a_pair: true, ..PLAIN },
    ..UNKNOWN_OR_WRONG
};

/// The right password of an account that is locked.
pub const LOCKED_OR_WRONG: Question = Question {
    name: "login: locked account or wrong password",
    accounts: Accounts { closing: Some("locked_at = 1"), ..PLAIN },
    left: |number| login(&closed(number), PASSWORD),
    ..UNKNOWN_OR_WRONG
};

pub const LOCKED_OR_WRONG_COUNTED: Question = Question {
    name: "login: locked account or wrong password, each failure counted",
    settings: &[],
    accounts: Accounts { closing: Some("locked_at = 1"), one_a_pair: true, ..PLAIN },
    ..LOCKED_OR_WRONG
};

/// The right password of an account that is disabled.
pub const DISABLED_OR_UNKNOWN: Question = Question {
    name: "login: disabled or unknown account",
    accounts: Accounts { closing: Some("active = FALSE"), ..PLAIN },
    left: |number| login(&closed(number), PASSWORD),
    right: |_| login(&unknown(), WRONG),
    ..UNKNOWN_OR_WRONG
};

pub const FORGOT: Question = Question {
    name: "forgotten password: known or unknown address",
    path: "/v1/password/forgot",
    status: 202,
    accounts: Accounts { one_a_pair: true, ..PLAIN },
    left: |number| json!({ "email": open(number) }),
    right: |_| json!({ "email": unknown() }),
    ..UNKNOWN_OR_WRONG
};

pub const RESEND: Question = Question {
    name: "another verification mail: known or unknown address",
    path: "/v1/email/verify/resend",
    settings: &[("THROTTLE", "off"), ("EMAIL_VERIFICATION", "optional")],
    ..FORGOT
};

pub const REGISTER: Question = Question {
    name: "registration that has to be verified: known or unknown address",
    path: "/v1/register",
    settings: &[("THROTTLE", "off"), ("EMAIL_VERIFICATION", "required")],
    left: |number| json!({ "email": open(number), "password": PASSWORD }),
    right: |_| json!({ "email": unknown(), "password": PASSWORD }),
    ..FORGOT
};

/// The known accounts were made while hashes were cheap, so that time tells who has one.
pub const CONTROL_CHEAP_HASH: Question = Question {
    name: "control: unknown account, or one whose hash is cheap",
    accounts: Accounts { hash: CHEAP_HASH, ..PLAIN },
    ..UNKNOWN_OR_WRONG
};

fn login(identifier: &str, password: &str) -> Value {
    json!({ "identifier": identifier, "password": password })
}

fn unknown() -> String {
    format!("n{}@example.test", uuid::Uuid::new_v4().simple())
}

/// As long as an unknown one.
fn open(number: usize) -> String {
    format!("k{number:032}@example.test")
}

fn closed(number: usize) -> String {
    format!("c{number:032}@example.test")
}

impl Question {
    pub async fn server(&self, database: &TestDatabase, folder: &Path) -> Server {
        serve(database, folder, &[HASH, self.settings]).await
    }

    /// Makes the accounts for so many pairs, over the API of a server that lets everybody register.
    pub async fn prepare(&self, database: &TestDatabase, folder: &Path, pairs: usize) {
        let server = serve(database, folder, &[self.accounts.hash, &[("THROTTLE", "off")]]).await;
        let mut client = Client::connect(&server.url);
        let closed: Option<fn(usize) -> String> = self.accounts.closing.is_some().then_some(closed);
        let numbers = if self.accounts.one_a_pair { pairs } else { pairs.min(IN_TURN) };
        for number in 0..numbers {
            for name in [Some(open as fn(usize) -> String), closed].into_iter().flatten() {
                let body = json!({ "email": name(number), "password": PASSWORD });
                let made = client.post("/v1/register", &network(), &body);
                assert_eq!(made.status, 201, "{}", made.body);
            }
        }
        if let Some(change) = self.accounts.closing {
            execute(database, &format!("UPDATE users SET {change} WHERE email LIKE 'c%'")).await;
        }
    }

    /// Asks, and demands the answer that both sides get.
    pub fn ask(&self, client: &mut Client, side: Side, pair: usize) -> Timed {
        let number = if self.accounts.one_a_pair { pair } else { pair % IN_TURN };
        let body = match side {
            Side::Left => (self.left)(number),
            Side::Right => (self.right)(number),
        };
        let answer = client.post(self.path, &network(), &body);
        assert_eq!(answer.status, self.status, "{body}: {}", answer.body);
        answer
    }
}

async fn serve(database: &TestDatabase, folder: &Path, settings: &[&[(&str, &str)]]) -> Server {
    let mut all = vec![("DATABASE_URL", database.url.as_str()), ("DB_TLS", "disabled")];
    // Each request comes from a network of its own.
    all.extend([("TRUSTED_PROXIES", "127.0.0.1"), ("MAIL_TRANSPORT", "file"), ("MAIL_DIR", "mail")]);
    all.extend(settings.concat());
    Server::start(folder, &[], &all).await
}

/// An address that nobody has failed from yet.
fn network() -> String {
    let [a, b, c]: [u8; 3] = rand::random();
    format!("10.{a}.{b}.{c}")
}
