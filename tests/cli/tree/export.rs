//! `export`.

use super::row::{Json, Leaf, misuse, plainly};
use crate::program::Program;

fn somebody(program: &Program) {
    let users =
        "{\"username\": \"ada\", \"metadata\": {}}\n{\"email\": \"bob@example.org\", \"email_verified\": true}\n";
    program.run_with_input(&["import", "-", "--format", "jsonl"], users);
}

pub const LEAVES: &[Leaf] = &[Leaf {
    path: "export",
    without_database: Some(&[]),
    prepare: somebody,
    misuses: &[
        misuse(&["--format", "xml"], 2, "jsonl, csv"),
        misuse(&["--with-hashes"], 2, "--secrets-to-stdout"),
        misuse(&["--secrets-to-stdout"], 2, "--with-hashes"),
        misuse(&["--with-hashes", "--secrets-to-stdout", "-o", "users.jsonl"], 2, "cannot be used with"),
        misuse(&["-o", "data/keystead.db"], 4, "data/keystead.db"),
        misuse(&["-o", "no/such/folder/users.jsonl"], 1, "no/such/folder"),
    ],
    json: Json::Always(plainly),
}];
