//! A walk over the whole tree of commands, as clap itself knows it: a command without a row here fails.
//!
//! A row ([`row::Leaf`]) says what the command needs, how it is misused and what it then answers, and what to add for its
//! `--json`, whose shape is held against a file in `shapes/`. The walk adds what holds for all: a help that explains
//! each argument, an unknown flag, a missing database, no secret among the arguments.
//! Rows stand in one file a family. After a change: `cargo test --test cli write_anew -- --ignored`, then read the diff
//! of `shapes/` and of docs/cli.md.

mod clap_tree;
mod page;
mod row;
mod shape;
mod walk;

mod audit;
mod clients;
mod completions;
mod config;
mod db;
mod doctor;
mod export;
mod hash;
mod healthcheck;
mod import;
mod invitations;
mod keys;
mod mfa;
mod roles;
mod serve;
mod sessions;
mod tokens;
mod users;

use row::Leaf;

/// All rows; the families in the order of their names.
fn rows() -> Vec<&'static Leaf> {
    let families: &[&[Leaf]] = &[
        audit::LEAVES,
        clients::LEAVES,
        completions::LEAVES,
        config::LEAVES,
        db::LEAVES,
        export::LEAVES,
        doctor::LEAVES,
        hash::LEAVES,
        healthcheck::LEAVES,
        import::LEAVES,
        invitations::LEAVES,
        keys::LEAVES,
        mfa::LEAVES,
        roles::LEAVES,
        serve::LEAVES,
        sessions::LEAVES,
        tokens::LEAVES,
        users::LEAVES,
    ];
    families.iter().copied().flatten().collect()
}
