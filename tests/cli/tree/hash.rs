//! `hash …`.

use super::row::{Json, Leaf, NOTHING, asked, misuse};

pub const LEAVES: &[Leaf] = &[Leaf {
    path: "hash calibrate",
    without_database: None,
    prepare: NOTHING,
    misuses: &[
        misuse(&["--target-ms", "0"], 2, "--target-ms"),
        misuse(&["--target-ms", "soon"], 2, "--target-ms"),
        misuse(&["--memory-mib", "1"], 2, "at least"),
    ],
    json: Json::Flag(|_| vec![asked(["--target-ms", "1"])]),
}];
