//! `clients …`.

use super::row::{Json, Leaf, asked, misuse, plainly};
use crate::program::Program;

/// One that is there already.
fn made(program: &Program) {
    program.ok(&["clients", "create", "--name", "made before", "--permission", "users:read"]);
}

pub const LEAVES: &[Leaf] = &[
    Leaf {
        path: "clients create",
        without_database: Some(&["--name", "mailer"]),
        prepare: made,
        misuses: &[
            misuse(&[], 2, "--name <NAME>"),
            misuse(&["--name", ""], 2, "--name"),
            misuse(&["--name", "x", "--permission", "everything"], 2, "--permission"),
            misuse(&["--name", "made before"], 4, "take another name"),
        ],
        json: Json::Flag(|_| vec![asked(["--name", "mailer", "--permission", "users:read"])]),
    },
    Leaf {
        path: "clients list",
        without_database: Some(&[]),
        prepare: made,
        misuses: &[misuse(&["all"], 2, "unexpected argument")],
        json: Json::Flag(plainly),
    },
    Leaf {
        path: "clients get",
        without_database: Some(&["mailer"]),
        prepare: made,
        misuses: &[misuse(&[], 2, "<CLIENT>"), misuse(&["nobody"], 3, "`keystead clients list`")],
        json: Json::Flag(|_| vec![asked(["made before"])]),
    },
    Leaf {
        path: "clients rotate-secret",
        without_database: Some(&["mailer"]),
        prepare: made,
        misuses: &[
            misuse(&["made before"], 2, "say --yes"),
            misuse(&["nobody", "--yes"], 3, "`keystead clients list`"),
        ],
        json: Json::Flag(|_| vec![asked(["made before", "--dry-run"]), asked(["made before", "--yes"])]),
    },
    Leaf {
        path: "clients delete",
        without_database: Some(&["mailer"]),
        prepare: made,
        misuses: &[
            misuse(&["made before"], 2, "say --yes"),
            misuse(&["nobody", "--yes"], 3, "`keystead clients list`"),
        ],
        json: Json::Flag(|_| vec![asked(["made before", "--dry-run"]), asked(["made before", "--yes"])]),
    },
];
