//! `db copy`: an installation moves from a file to MariaDB, to PostgreSQL, and back into a file, and nobody notices.

use serde_json::Value;

use super::ground::{EMAIL, Ground, PASSWORD, begin, refreshed, seen, sign_in, text};
use crate::program::Program;

/// The address without its password, and the password.
fn apart(url: &str) -> (String, String) {
    let (before, rest) = url.split_once("://").unwrap();
    let (login, host) = rest.split_once('@').unwrap();
    let (user, password) = login.split_once(':').unwrap();
    (format!("{before}://{user}@{host}"), password.to_owned())
}

/// What the copy says of each table.
fn copied(program: &Program, arguments: &[&str]) -> Vec<Value> {
    let out = program.ok(&[&["db", "copy", "--json"], arguments].concat());
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn lines_of(program: &Program) -> usize {
    program.ok(&["audit", "export"]).lines().filter(|line| line.contains("database.copied")).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn through_all_kinds_with_everybody_signed_in() {
    let (Some(mariadb), Some(postgres)) = (Ground::mariadb(), Ground::postgres()) else { return };
    let program = Ground::File.program();
    begin(&program);
    let server = program.serve(&[]);
    let signed_in = sign_in(&server).await;
    assert_eq!(server.stop().code, 0);

    let mut from = format!("sqlite:{}", program.path("data/keystead.db").display());
    let mut password = String::new();
    for (step, ground) in [&mariadb, &postgres].into_iter().enumerate() {
        let (Ground::MariaDb { url, .. } | Ground::Postgres { url, .. }) = ground else { panic!("{ground:?}") };
        let (bare, own) = apart(url);
        let there = ground.program().with("COPY_FROM_PASSWORD", &password).with("COPY_TO_PASSWORD", &own);
        let tables = copied(&there, &["--from", &from, "--to", &bare]);
        let users = tables.iter().find(|table| table["table"] == "users").unwrap();
        assert_eq!((tables.len(), &users["rows"]), (20, &1.into()));
        there.ok(&["audit", "verify"]);
        assert_eq!(lines_of(&there), step + 1);
        (from, password) = (bare, own);
    }
    let back = format!("sqlite:{}", program.path("back/keystead.db").display());
    let last = postgres.program();
    copied(&last, &["--to", &back]);
    let last = Ground::File.program().with("DATABASE_URL", &back);
    last.ok(&["audit", "verify"]);
    let server = last.serve(&[]);
    assert_eq!((seen(&server, &signed_in).await, refreshed(&server, &signed_in).await), (200, 200));
    sign_in(&server).await;
    assert_eq!(server.stop().code, 0);
    last.ok(&["audit", "verify"]);
    for ground in [mariadb, postgres] {
        ground.destroy(&program).await;
    }
}

#[test]
fn what_cannot_be_copied_is_told_and_nothing_is_made() {
    let program = Ground::File.program();
    begin(&program);
    let copy = |to: &str| program.run(&["db", "copy", "--to", to]);
    for (to, code, says) in [
        ("configured", 2, "the same database"),
        ("sqlite:data/../data/keystead.db", 2, "the same database"),
        ("mysql://k:hunter2@127.0.0.1:1/keystead", 2, "a password among the arguments"),
        ("mysql://k@127.0.0.1:1/keystead", 7, "cannot be reached"),
        ("keystead.db", 2, "must be `configured`"),
    ] {
        let ran = copy(to);
        assert!(ran.code == code && ran.err.contains(says), "{to}: {ran:?}");
        assert!(!ran.err.contains("hunter2"), "{ran:?}");
    }
    let missing = program.run(&["db", "copy", "--from", "sqlite:nothing.db", "--to", "sqlite:new/other.db"]);
    assert!(missing.code == 3 && !program.path("new/other.db").exists(), "{missing:?}");

    let other = Ground::File.program();
    begin(&other);
    let taken = format!("sqlite:{}", text(&other.path("data/keystead.db")));
    let ran = copy(&taken);
    assert!(ran.code == 4 && ran.err.contains("not empty"), "{ran:?}");
    let again = other.run_with_input(&["db", "create-admin", "--email", EMAIL, "--password-stdin"], PASSWORD);
    assert!(again.out.contains("nothing was changed"), "{again:?}");
}
