//! `tokens …`.

use super::row::{Json, Leaf, NOTHING, misuse};

pub const LEAVES: &[Leaf] = &[Leaf {
    path: "tokens sweep",
    without_database: Some(&[]),
    prepare: NOTHING,
    misuses: &[misuse(&["all"], 2, "unexpected argument")],
    json: Json::Without("it prints one line of what it did"),
}];
