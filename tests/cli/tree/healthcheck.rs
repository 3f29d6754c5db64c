//! `healthcheck`.

use super::row::{Json, Leaf, NOTHING, misuse};

pub const LEAVES: &[Leaf] = &[Leaf {
    path: "healthcheck",
    without_database: None,
    prepare: NOTHING,
    misuses: &[
        misuse(&[], 2, "--url"),
        misuse(&["--url", "https://127.0.0.1"], 2, "--url must be http://"),
        misuse(&["--url", "http://127.0.0.1:1"], 7, "does not answer"),
    ],
    json: Json::Without("its answer is its exit code"),
}];
