//! `export`, and what comes of it in another database.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::import::with_database;
use crate::program::Program;
use crate::servers;

const BCRYPT: &str = "$2b$04$3H4N15BtUaoWqZIOsQXd1udNALryL.7.GjIsZLTuhZ3bz/2JNPWym";
const TOTP: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

/// People of every kind.
fn people(program: &Program) {
    let people = [
        json!({"email": "ada@example.org", "username": "Ada", "password_hash": BCRYPT, "mfa_secret": TOTP,
            "display_name": "Ada, \"the first\" 😀", "metadata": {"a": [1, "x;y"], "b": "\u{1}"},
            "roles": ["admin", "auditor"], "email_verified": true, "created_at": "2020-01-02T03:04:05.123456Z",
            "updated_at": "2021-01-02T03:04:05.000001Z", "last_login": "2022-01-02T03:04:05Z",
            "password_changed_at": "2020-02-02T03:04:05.5Z"}),
        json!({"username": "gone", "active": false, "locked_at": "2023-01-02T03:04:05.000007Z"}),
        json!({"email": "=new@example.org", "password_hash": BCRYPT, "must_change_password": true}),
    ];
    let lines: Vec<_> = people.iter().map(Value::to_string).collect();
    let ran = program.run_with_input(&["import", "-", "--format", "jsonl"], &lines.join("\n"));
    assert_eq!(ran.code, 0, "{ran:?}");
}

fn exported(program: &Program, file: &str, format: &str) -> String {
    let told = program.ok(&["export", "--with-hashes", "--format", format, "-o", file]);
    assert_eq!(told, "exported: 3\n");
    let path = program.path(file);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    fs::read_to_string(path).unwrap()
}

/// Everybody goes from the one into the other, and comes out of it as they went in.
fn the_same_users_in(other: &Program, jsonl: &str, csv: &str) {
    fs::write(other.path("all.jsonl"), jsonl).unwrap();
    let told = other.ok(&["import", "all.jsonl"]);
    assert!(told.starts_with("imported: 3\n"), "{told}");
    assert_eq!(exported(other, "again.jsonl", "jsonl"), jsonl);
    assert_eq!(exported(other, "again.csv", "csv"), csv);
}

#[test]
fn what_was_exported_gives_the_same_users_in_any_other_database() {
    let program = with_database();
    people(&program);
    let (jsonl, csv) = (exported(&program, "all.jsonl", "jsonl"), exported(&program, "all.csv", "csv"));
    assert!(jsonl.contains(BCRYPT) && jsonl.contains(TOTP) && csv.contains(TOTP));
    the_same_users_in(&with_database(), &jsonl, &csv);
    let by_table = with_database();
    fs::write(by_table.path("all.csv"), &csv).unwrap();
    assert!(by_table.ok(&["import", "all.csv"]).starts_with("imported: 3\n"));
    assert_eq!(exported(&by_table, "again.jsonl", "jsonl"), jsonl);
    servers::on_each(|server| {
        server.ok(&["db", "init"]);
        the_same_users_in(server, &jsonl, &csv);
    });
}

#[test]
fn what_signs_people_in_goes_only_where_it_was_asked_for() {
    let program = with_database();
    people(&program);
    for format in ["jsonl", "csv"] {
        let plain = program.ok(&["export", "--format", format]);
        assert!(plain.contains("ada@example.org") && plain.lines().count() >= 3, "{plain}");
        assert!(!plain.contains("$2b$") && !plain.contains(TOTP) && !plain.contains("password_hash"), "{plain}");
    }
    let all = program.ok(&["export", "--with-hashes", "--secrets-to-stdout"]);
    assert!(all.contains("$2b$") && all.contains(TOTP));
    let told = program.ok(&["audit", "export"]);
    let exports = told.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let exports: Vec<_> = exports.filter(|event| event["action"] == "users.exported").collect();
    let secrets: Vec<_> = exports.iter().map(|event| event["detail"]["secrets"].as_str().unwrap()).collect();
    assert_eq!(secrets, ["false", "false", "true"]);
    assert!(!told.contains("$2b$"));
}
