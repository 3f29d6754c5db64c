//! `mfa …`.

use super::row::{Json, Leaf, asked, misuse};
use super::users::people;

pub const LEAVES: &[Leaf] = &[Leaf {
    path: "mfa reset",
    without_database: Some(&["ada", "--yes"]),
    prepare: people,
    misuses: &[
        misuse(&[], 2, "<USER>"),
        misuse(&["nobody", "--yes"], 3, "nobody is"),
        misuse(&["ada"], 2, "say --yes to do it, or --dry-run"),
    ],
    json: Json::Flag(|_| vec![asked(["ada", "--dry-run"]), asked(["ada", "--yes"])]),
}];
