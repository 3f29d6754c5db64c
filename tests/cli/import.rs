//! `import`: rows of every kind, again and again, and what is said of those that cannot be accounts.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::program::{Program, Ran};

const PASSWORD: &str = "three plain words";

pub fn with_database() -> Program {
    let program = Program::new();
    program.ok(&["db", "init"]);
    program
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

fn events(program: &Program, action: &str) -> Vec<Value> {
    let all = program.ok(&["audit", "export"]);
    let events = all.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    events.filter(|event| event["action"] == action).collect()
}

/// Whether they can sign in; with the access token's roles.
pub async fn sign_in(url: &str, identifier: &str, password: &str) -> Option<Value> {
    let body = json!({"identifier": identifier, "password": password}).to_string();
    let login = reqwest::Client::new().post(format!("{url}/v1/login")).header("Content-Type", "application/json");
    let answer = login.body(body).send().await.unwrap();
    (answer.status() == 200).then_some(answer.json::<Value>().await.unwrap())
}

#[tokio::test]
async fn users_are_imported_once_and_the_others_are_told_with_their_lines() {
    let program = with_database();
    let users = [
        json!({"email": "ada@example.org", "username": "ada", "password": PASSWORD, "roles": ["auditor"], "id": 7}),
        json!({"email": "nobody"}),
        json!({"username": "bob", "roles": ["editor"]}),
        json!({"username": "eve", "password": "short"}),
        json!({"username": "old", "active": false, "created_at": "2019-01-01T00:00:00Z"}),
    ];
    let text = users.iter().map(Value::to_string).collect::<Vec<_>>().join("\n");
    fs::write(program.path("users.jsonl"), &text).unwrap();

    let checked = program.run(&["import", "users.jsonl", "--check", "--json"]);
    assert!(checked.code == 1 && events(&program, "users.imported").is_empty(), "{checked:?}");
    let ran = program.run(&["import", "users.jsonl", "--rejects", "rejects.jsonl", "--json"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let (report, mut expected) = (json(&ran), json(&checked));
    expected["checked"] = json!(false);
    assert_eq!(report, expected, "a check says what comes true");
    assert_eq!((&report["imported"], &report["rejected"], &report["rows"]), (&json!(2), &json!(3), &json!(5)));
    assert_eq!(report["roles_missing"], json!(["editor"]));
    let reasons: Vec<_> = report["rejects"].as_array().unwrap().iter().map(|reject| reject["line"].clone()).collect();
    assert_eq!(reasons, [json!(2), json!(3), json!(4)]);
    assert!(report["rejects"][1]["reason"].as_str().unwrap().contains("--create-roles"), "{report}");
    let rejects = fs::read_to_string(program.path("rejects.jsonl")).unwrap();
    assert_eq!((rejects.lines().count(), mode(&program, "rejects.jsonl")), (3, 0o600));
    let told = events(&program, "users.imported");
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["detail"], json!({"administrators": "0", "imported": "2"}));
    assert_eq!(told[0]["actor"]["kind"], "operator");

    // Mended, and run again: only they are new.
    let ran = program.run_with_input(&["import", "-", "--format", "jsonl", "--create-roles", "--json"], &text);
    let report = json(&ran);
    assert_eq!((&report["imported"], &report["there_already"]), (&json!(1), &json!(2)), "{ran:?}");
    assert_eq!(report["roles_created"], json!(["editor"]));

    let server = program.serve(&[]);
    let ada = sign_in(&server.url, "ada", PASSWORD).await.expect("what was plain was hashed");
    assert_eq!(ada["user"]["roles"], json!(["auditor", "user"]));
    assert_eq!(ada["user"]["metadata"], json!({"imported_id": "7"}));
    assert!(sign_in(&server.url, "eve", "short").await.is_none());
    assert_eq!(server.stop().code, 0);
}

fn mode(program: &Program, path: &str) -> u32 {
    fs::metadata(program.path(path)).unwrap().permissions().mode() & 0o777
}

#[test]
fn fields_and_roles_of_another_name_are_mapped() {
    let program = with_database();
    fs::write(program.path("users.csv"), "mail,login,notes,roles\nada@example.org,ada,x,Admin;Gone\n").unwrap();
    let ran = program.run(&["import", "users.csv"]);
    assert!(
        ran.code == 1 && ran.err.contains("\"mail\", \"login\", \"notes\"") && ran.err.contains("--map"),
        "{ran:?}"
    );
    let map = json!({"fields": {"mail": "email", "login": "username", "notes": null}, "roles": {"Admin": "admin", "Gone": null}});
    fs::write(program.path("map.json"), map.to_string()).unwrap();
    let told = program.ok(&["import", "users.csv", "--map", "map.json"]);
    assert_eq!(told, "imported: 1\nthere already: 0\nrejected: 0\npasswords as none: 1\n");
    assert_eq!(events(&program, "users.imported")[0]["detail"]["administrators"], "1");
    for (map, says) in [
        ("{\"feilds\": {}}", "fields"),
        ("{\"fields\": {\"a\": \"b\"}}", "\"b\""),
        ("{\"roles\": {\"a\": \"B\"}}", "\"B\""),
    ] {
        fs::write(program.path("map.json"), map).unwrap();
        let ran = program.run(&["import", "users.csv", "--map", "map.json"]);
        assert!(ran.code == 2 && ran.err.contains(says), "{map}: {ran:?}");
    }
}

#[test]
fn fifty_thousand_rows_are_imported_and_found_again() {
    const USERS: usize = 50_000;
    let program = with_database();
    let mut text = String::new();
    for at in 0..USERS {
        let hash = "$2b$04$3H4N15BtUaoWqZIOsQXd1udNALryL.7.GjIsZLTuhZ3bz/2JNPWym";
        writeln!(text, "{{\"email\":\"user{at}@example.org\",\"username\":\"user{at}\",\"password_hash\":\"{hash}\"}}")
            .unwrap();
    }
    fs::write(program.path("users.jsonl"), &text).unwrap();
    let half: String = text.lines().take(USERS / 2).flat_map(|line| [line, "\n"]).collect();
    let ran = program.run_with_input(&["import", "-", "--format", "jsonl", "--json"], &half);
    assert_eq!(json(&ran)["imported"], USERS / 2, "{ran:?}");
    let told = json(&program.run(&["import", "users.jsonl", "--json"]));
    assert_eq!((&told["imported"], &told["there_already"]), (&json!(USERS / 2), &json!(USERS / 2)));
    assert_eq!(told["password_hashes"], json!([{"scheme": "bcrypt", "rows": USERS}]));
    let told = events(&program, "users.imported");
    let counted = told.iter().map(|event| event["detail"]["imported"].as_str().unwrap().parse::<usize>().unwrap());
    assert_eq!((counted.sum::<usize>(), told.len()), (USERS, 99), "one event a batch of 512 that made anybody");
}

#[test]
fn a_source_that_breaks_off_is_told_and_what_was_before_counts() {
    let program = with_database();
    let users: Vec<_> = (0..600).map(|at| json!({"username": format!("user{at}")}).to_string()).collect();
    fs::write(program.path("realm.json"), format!("{{\"users\": [{}", users.join(","))).unwrap();
    let ran = program.run(&["import", "realm.json"]);
    assert!(ran.code == 1 && ran.err.contains("600 were imported before that"), "{ran:?}");
    fs::write(program.path("realm.json"), format!("{{\"users\": [{}]}}", users.join(","))).unwrap();
    assert!(program.ok(&["import", "realm.json"]).contains("there already: 600"));
}
