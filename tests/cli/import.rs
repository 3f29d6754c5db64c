//! `import`: rows of every kind, again and again, and what is said of those that cannot be accounts.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use serde_json::{Value, json};
use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;

use crate::frameworks::Dump;
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

/// 256 MiB, where 128 and the memory of one thread are the most.
const LARGE: &str =
    "$argon2id$v=19$m=262144,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$uAVXsrMM+mZ5G2ryARPVtpZaov+ngefVDKuvausM2kk";

#[test]
fn a_hash_for_which_there_is_no_memory_rejects_its_row_or_is_dropped() {
    let program = with_database();
    let rows = format!(
        "{{\"username\":\"ada\",\"password_hash\":\"{LARGE}\"}}\n{{\"username\":\"bob\",\"password_hash\":\"md5$x$y\"}}\n"
    );
    let ran = program.run_with_input(&["import", "-", "--format", "jsonl"], &rows);
    assert!(ran.code == 1 && ran.out.contains("line 1 (ada): password_hash: it takes 256 MiB"), "{ran:?}");
    assert!(ran.out.contains("line 2: password_hash: its scheme is none"), "{ran:?}");
    let ran = program.run_with_input(&["import", "-", "--format", "jsonl", "--drop-bad-hashes"], &rows);
    assert!(ran.code == 0 && ran.out.contains("imported: 2\n") && ran.out.contains("passwords as none: 2"), "{ran:?}");
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
    assert_eq!(counted.sum::<usize>(), USERS);
    assert!((8..99).contains(&told.len()), "one event a batch that made anybody, and batches grow: {}", told.len());
}

/// At an idle moment each sign-in makes a hash anew; here every turn is idle, but for those that come too soon.
const SIGN_INS: usize = 20;

#[tokio::test]
async fn a_dump_of_the_real_frameworks_is_imported_and_everybody_gets_in() {
    let Some(dump) = Dump::write() else { return };
    let program = Program::new().with("HASH_MAX_WAIT_MS", "9000");
    program.ok(&["db", "init"]);
    let told = json(&program.run(&["import", dump.users.to_str().unwrap(), "--json"]));
    assert_eq!((&told["imported"], &told["rejected"]), (&json!(dump.people.len()), &json!(0)), "{told}");
    assert!(told["password_hashes"].as_array().unwrap().len() >= 8, "schemes of many kinds: {told}");
    let server = program.serve(&[]);
    for person in &dump.people {
        let right = sign_in(&server.url, &person.email, &person.password).await;
        assert!(right.is_some(), "{}", person.made_by);
        assert!(sign_in(&server.url, &person.email, &format!("{}x", &person.password[1..])).await.is_none());
    }
    let still_foreign = || {
        let all = program.ok(&["export", "--with-hashes", "--secrets-to-stdout"]);
        all.lines().filter(|line| !line.contains("\"password_hash\":\"$argon2id$v=19$m=8,t=1,p=1$")).count()
    };
    for _ in 0..SIGN_INS {
        if still_foreign() == 0 {
            break;
        }
        for person in &dump.people {
            sign_in(&server.url, &person.email, &person.password).await.expect(&person.made_by);
        }
    }
    assert_eq!(still_foreign(), 0, "each is hashed anew after a sign-in");
}

/// The most that was resident while `rows` users were imported, in KiB.
fn peak_kib(rows: usize) -> u64 {
    let program = with_database();
    let mut text = String::new();
    for at in 0..rows {
        writeln!(text, "{{\"username\":\"user{at}\",\"metadata\":{{\"a\":\"{}\"}}}}", "x".repeat(4_000)).unwrap();
    }
    fs::write(program.path("users.jsonl"), text).unwrap();
    let mut child = program.start(&["import", "users.jsonl"]);
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak = line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(peak);
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(child.wait().unwrap().success() && peak > 0);
    peak
}

/// Users of four KiB each, so that batches grow to their 4 MiB within 6,000 rows. Half of the larger number at once, parsed,
/// would be over forty MiB more.
#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_the_source() {
    const MORE_KIB: u64 = 8 * 1_024;
    let (few, many) = (peak_kib(8_000), peak_kib(24_000));
    assert!(many < few + MORE_KIB, "{few} KiB for 8,000 rows, {many} KiB for 24,000");
}

fn usernames(count: usize) -> String {
    (0..count).fold(String::new(), |mut text, at| {
        writeln!(text, "{{\"username\":\"user{at}\"}}").unwrap();
        text
    })
}

/// Longer than the database's door waits for a unit, so that the batch has to be written anew.
const HELD_UP: Duration = Duration::from_secs(3);

#[tokio::test]
async fn an_import_that_is_held_up_goes_on() {
    let program = with_database();
    fs::write(program.path("users.jsonl"), usernames(700)).unwrap();
    let file = SqliteConnectOptions::new().filename(program.path("data/keystead.db"));
    let mut other = file.connect().await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let mut child = program.start(&["import", "users.jsonl"]);
    tokio::time::sleep(HELD_UP).await;
    assert!(child.try_wait().unwrap().is_none(), "it waits");
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    assert!(child.wait().unwrap().success());
    assert!(program.ok(&["import", "users.jsonl"]).contains("there already: 700\n"));
}

/// Each of them writes: a session, an event, a count.
const BESIDE: usize = 12;

#[tokio::test]
async fn a_server_beside_an_import_answers_everybody() {
    let program = with_database();
    let ada = json!({"username": "ada", "email": "ada@example.org", "email_verified": true, "password": PASSWORD});
    let ran = program.run_with_input(&["import", "-", "--format", "jsonl"], &ada.to_string());
    assert_eq!(ran.code, 0, "{ran:?}");
    fs::write(program.path("users.jsonl"), usernames(60_000)).unwrap();
    let server = program.serve(&[]);
    let mut child = program.start(&["import", "users.jsonl"]);
    for at in 0..BESIDE {
        assert!(sign_in(&server.url, "ada@example.org", PASSWORD).await.is_some(), "sign-in {at}");
        assert!(child.try_wait().unwrap().is_none(), "all of them while it runs; sign-in {at} did not");
    }
    assert!(child.wait().unwrap().success());
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
