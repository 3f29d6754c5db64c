//! `sessions …`.

use reqwest::Client;
use serde_json::{Value, json};

use super::row::{Json, Leaf, SOME_LINE, asked, misuse};
use crate::program::Program;

/// Ada, who has registered, so that her password is her own, and is signed in.
fn signed_in(program: &Program) {
    let server = program.serve(&[]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let post = async |path: &str, body: Value| {
            let asked = Client::new().post(format!("{}{path}", server.url)).json(&body);
            asked.send().await.unwrap().status().as_u16()
        };
        let password = SOME_LINE.trim();
        let body = json!({ "email": "ada@example.com", "username": "ada", "password": password });
        assert_eq!(post("/v1/register", body).await, 201);
        assert_eq!(post("/v1/login", json!({ "identifier": "ada", "password": password })).await, 200);
    });
    server.stop();
}

/// Her one session, by its id.
fn session_of_ada(program: &Program) -> String {
    let listed: Value = serde_json::from_str(&program.ok(&["sessions", "list", "ada", "--json"])).unwrap();
    listed["id"].as_str().unwrap().to_owned()
}

pub const LEAVES: &[Leaf] = &[
    Leaf {
        path: "sessions list",
        without_database: Some(&["ada"]),
        prepare: signed_in,
        misuses: &[misuse(&[], 2, "<USER>"), misuse(&["nobody"], 3, "nobody is")],
        json: Json::Flag(|_| vec![asked(["ada"])]),
    },
    Leaf {
        path: "sessions revoke",
        without_database: Some(&["01890000-0000-7000-8000-000000000000"]),
        prepare: signed_in,
        misuses: &[
            misuse(&["1"], 2, "<SESSION>"),
            misuse(&["01890000-0000-7000-8000-000000000000"], 3, "`keystead sessions list USER`"),
        ],
        json: Json::Flag(|program| vec![asked([session_of_ada(program)])]),
    },
    Leaf {
        path: "sessions revoke-user",
        without_database: Some(&["ada"]),
        prepare: signed_in,
        misuses: &[misuse(&[], 2, "<USER>"), misuse(&["nobody"], 3, "nobody is")],
        json: Json::Flag(|_| vec![asked(["ada"])]),
    },
    Leaf {
        path: "sessions revoke-all",
        without_database: Some(&["--yes"]),
        prepare: signed_in,
        misuses: &[
            misuse(&[], 2, "say --yes to do it, or --dry-run"),
            misuse(&["--ip", "here", "--yes"], 2, "--ip"),
            misuse(&["--before", "noon", "--yes"], 2, "must be a moment like"),
        ],
        json: Json::Flag(|_| vec![asked(["--dry-run"]), asked(["--ip", "127.0.0.1", "--yes"])]),
    },
];
