//! `completions`.

use super::row::{Json, Leaf, NOTHING, misuse};

pub const LEAVES: &[Leaf] = &[Leaf {
    path: "completions",
    without_database: None,
    prepare: NOTHING,
    misuses: &[misuse(&[], 2, "<SHELL>"), misuse(&["tcsh"], 2, "bash, zsh, fish")],
    json: Json::Without("what it prints is a shell's script"),
}];
