//! `import`.

use std::fs;

use super::row::{Asked, Json, Leaf, asked, misuse};
use crate::program::Program;

fn sources(program: &Program) {
    fs::write(program.path("users.csv"), "username,password\nada,three plain words\n").unwrap();
    fs::write(program.path("strange.csv"), "name\nada\n").unwrap();
    fs::write(program.path("users.txt"), "").unwrap();
}

pub const LEAVES: &[Leaf] = &[Leaf {
    path: "import",
    without_database: Some(&["-", "--format", "jsonl"]),
    prepare: sources,
    misuses: &[
        misuse(&[], 2, "<SOURCE>"),
        misuse(&["-"], 2, "say --format"),
        misuse(&["users.txt"], 2, "say --format"),
        misuse(&["users.csv", "--format", "xml"], 2, "jsonl, csv, keycloak, flask"),
        misuse(&["missing.csv"], 3, "missing.csv"),
        misuse(&["strange.csv"], 1, "--map FILE"),
        misuse(&["users.csv", "--map", "missing.json"], 2, "--map missing.json"),
        misuse(&["users.csv", "--rejects", "users.csv"], 4, "--rejects users.csv"),
        misuse(&["mysql://reader:hunter2@localhost/app"], 2, "IMPORT_PASSWORD_FILE"),
        misuse(&["postgres://reader@localhost/app"], 2, "only SQLite files"),
        misuse(&["-", "--format", "jsonl", "--password-stdin"], 2, "IMPORT_PASSWORD_FILE"),
        misuse(&["-", "--format", "jsonl"], 1, "1 row was rejected").input("{\"username\": \"a b\"}\n"),
    ],
    json: Json::Flag(|_| {
        let rejected = Asked {
            input: "{\"username\": \"bob\", \"roles\": [\"x\"]}\n{}\n".to_owned(),
            ..asked(["-", "--format", "jsonl"])
        };
        vec![asked(["users.csv"]), rejected.code(1)]
    }),
}];
