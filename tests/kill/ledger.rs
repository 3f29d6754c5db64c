//! What the server has acknowledged, and the questions that show whether it is still so.

use serde_json::{Value, json};

use crate::server::Server;

pub const PASSWORD: &str = "correct horse battery staple";

/// A session as its owner knows it.
#[derive(Clone, Debug)]
pub struct Session {
    /// The newest refresh token that was acknowledged.
    pub refresh_token: String,
    /// A sign-out was acknowledged.
    pub signed_out: bool,
    /// A sign-out was asked for, and whether it happened nobody knows.
    pub signing_out: bool,
}

#[derive(Debug, Default)]
pub struct Ledger {
    pub accounts: Vec<String>,
    pub sessions: Vec<Session>,
    /// Answers that contradict an earlier acknowledgement while the server was still alive.
    pub contradictions: Vec<String>,
}

impl Ledger {
    pub fn len(&self) -> usize {
        self.accounts.len() + self.sessions.len()
    }

    pub fn absorb(&mut self, other: Self) {
        self.accounts.extend(other.accounts);
        self.sessions.extend(other.sessions);
        self.contradictions.extend(other.contradictions);
    }

    /// Every acknowledged fact that is no longer true.
    pub async fn losses(&self, server: &Server) -> Vec<String> {
        let mut losses = Vec::new();
        for email in &self.accounts {
            let (status, answer) =
                ask(server, "/v1/login", &json!({ "identifier": email, "password": PASSWORD })).await;
            if status != 200 {
                losses.push(format!("the account {email} cannot sign in: {status} {}", answer["code"]));
            }
        }
        for session in &self.sessions {
            let (status, answer) =
                ask(server, "/v1/token/refresh", &json!({ "refresh_token": session.refresh_token })).await;
            let is_true = if session.signed_out { status == 401 } else { status == 200 || session.signing_out };
            if !is_true {
                losses.push(format!("{session:?} got {status} {}", answer["code"]));
            }
        }
        losses
    }
}

pub async fn ask(server: &Server, path: &str, body: &Value) -> (u16, Value) {
    let answer = server.http.post(format!("{}{path}", server.url)).json(body).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}
