//! `clients …`.

use super::row::{Json, Leaf, asked, misuse};
use crate::program::Program;

/// One that is there already.
fn made(program: &Program) {
    program.ok(&["clients", "create", "--name", "made before"]);
}

pub const LEAVES: &[Leaf] = &[Leaf {
    path: "clients create",
    without_database: Some(&["--name", "mailer"]),
    prepare: made,
    misuses: &[
        misuse(&[], 2, "--name <NAME>"),
        misuse(&["--name", ""], 2, "--name"),
        misuse(&["--name", "x", "--permission", "everything"], 2, "--permission"),
        misuse(&["--name", "made before"], 4, "of that name"),
    ],
    json: Json::Flag(|_| vec![asked(["--name", "mailer", "--permission", "users:read"])]),
}];
