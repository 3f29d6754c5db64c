//! `keys …`.

use super::row::{Json, Leaf, NOTHING, asked, misuse, plainly};

pub const LEAVES: &[Leaf] = &[
    Leaf {
        path: "keys list",
        without_database: Some(&[]),
        prepare: NOTHING,
        misuses: &[misuse(&["--all"], 2, "unexpected argument")],
        json: Json::Flag(plainly),
    },
    Leaf {
        path: "keys reseal",
        without_database: Some(&[]),
        prepare: NOTHING,
        misuses: &[misuse(&["users"], 2, "unexpected argument")],
        json: Json::Flag(|_| vec![asked(["--dry-run"]), asked([""; 0])]),
    },
    Leaf {
        path: "keys rotate",
        without_database: Some(&[]),
        prepare: NOTHING,
        misuses: &[
            misuse(&["--now"], 2, "say --yes"),
            misuse(&["--now", "--yes", "--dry-run"], 2, "cannot be used with"),
        ],
        json: Json::Flag(|_| {
            vec![asked(["--now", "--dry-run"]), asked(["--now", "--yes"]), asked([""; 0]), asked(["--dry-run"])]
        }),
    },
];
