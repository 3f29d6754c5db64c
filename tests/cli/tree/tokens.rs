//! `tokens …`.

use super::row::{Json, Leaf, NOTHING, asked, misuse};

pub const LEAVES: &[Leaf] = &[Leaf {
    path: "tokens sweep",
    without_database: Some(&[]),
    prepare: NOTHING,
    misuses: &[misuse(&["all"], 2, "unexpected argument")],
    json: Json::Flag(|_| vec![asked(["--dry-run"]), asked([""; 0])]),
}];
