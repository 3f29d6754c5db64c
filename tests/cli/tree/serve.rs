//! `serve`.

use super::row::{Json, Leaf, NOTHING, misuse};

pub const LEAVES: &[Leaf] = &[Leaf {
    path: "serve",
    without_database: None,
    prepare: NOTHING,
    misuses: &[
        misuse(&["--listen", "nowhere"], 2, "LISTEN (from the command line)"),
        misuse(&["--port", "80"], 2, "unexpected argument"),
    ],
    json: Json::Without("it goes on; LOG_FORMAT=json is for its log"),
}];
