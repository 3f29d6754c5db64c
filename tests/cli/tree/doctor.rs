//! `doctor`.

use super::row::{Json, Leaf, NOTHING, asked, misuse};

pub const LEAVES: &[Leaf] = &[Leaf {
    path: "doctor",
    // It works where there is none, and says so in a line of its own.
    without_database: None,
    prepare: NOTHING,
    misuses: &[misuse(&["database"], 2, "unexpected argument"), misuse(&["--listen", "nowhere"], 1, "1 check failed")],
    json: Json::Flag(|_| vec![asked([""; 0]), asked(["--listen", "nowhere"]).code(1)]),
}];
