//! `db migrate`: the next triplet, in a checkout.

use std::fs;

use crate::program::Program;

#[test]
fn the_next_triplet_is_written_where_there_is_a_checkout() {
    let program = Program::new();
    let ran = program.run(&["db", "migrate", "-m", "audit events"]);
    assert!(ran.code == 3 && ran.err.contains("checkout of Keystead"), "{ran:?}");

    fs::create_dir_all(program.path("migrations/sqlite")).unwrap();
    fs::write(program.path("migrations/sqlite/0041_before.up.sql"), "").unwrap();
    let printed = program.ok(&["db", "migrate", "--message", "Audit events!"]);
    assert_eq!(printed.lines().count(), 6);
    for path in printed.lines() {
        assert!(path.contains("/0042_audit_events."), "{path}");
        assert!(fs::read_to_string(program.path(path)).unwrap().starts_with("-- "), "{path}");
    }
    assert!(program.ok(&["db", "migrate", "-m", "more"]).contains("0043_more"));
    assert_eq!(program.run(&["db", "migrate", "-m", "!?"]).code, 2);
    assert!(!program.path("data").exists(), "a migration needs no database");
}
