//! `audit verify`, `audit export` and `audit tail`, beside a server and without one.

use std::time::Duration;

use serde_json::{Value, json};
use sqlx::{Connection as _, Executor as _, SqliteConnection};

use crate::program::Program;

/// The server seals every five seconds.
const LOOKS: usize = 100;
const PAUSE: Duration = Duration::from_millis(200);

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"))).collect()
}

/// Everything under a seal, and the last line of a check.
fn sealed(program: &Program) -> Value {
    for _ in 0..LOOKS {
        let verdict = lines(&program.ok(&["audit", "verify", "--json"])).pop().unwrap();
        if verdict["unsealed"] == 0 && verdict["seals"].as_u64() > Some(0) {
            return verdict;
        }
        std::thread::sleep(PAUSE);
    }
    panic!("nothing was sealed");
}

#[tokio::test]
async fn what_was_tampered_with_is_named_and_the_exit_code_is_1() {
    let program = Program::new();
    program.ok(&["db", "init"]);
    program.ok(&["audit", "verify"]);
    program.ok(&["audit", "export"]);
    let server = program.serve(&[]);
    let verdict = sealed(&program);
    assert_eq!((&verdict["findings"], &verdict["dropped_through"]), (&json!(0), &json!(0)));
    assert_eq!(server.stop().code, 0);
    let newest = verdict["newest"].as_str().unwrap();
    program.ok(&["audit", "verify", "--expect", newest]);
    assert!(program.ok(&["audit", "verify"]).contains(&format!("newest: {newest}\n")));

    let exported = lines(&program.ok(&["audit", "export"]));
    let event = exported.iter().find(|event| event["action"] == "audit.exported").unwrap();
    let id = event["id"].as_str().unwrap().to_owned();
    let url = format!("sqlite://{}", program.path("data/keystead.db").display());
    let mut conn = SqliteConnection::connect(&url).await.unwrap();
    conn.execute("UPDATE audit_events SET outcome = 'refused' WHERE action = 'audit.exported' AND seal = 1")
        .await
        .unwrap();
    let ran = program.run(&["audit", "verify"]);
    assert!(ran.code == 1 && ran.err.contains("tampered with: 1 finding"), "{ran:?}");
    assert!(ran.out.contains(&format!("event {id} (seal 1, place ")), "{ran:?}");
    let ran = program.run(&["audit", "verify", "--json"]);
    let found = lines(&ran.out);
    assert_eq!((ran.code, &found[0]["finding"], &found[0]["event"]), (1, &json!("event_altered"), &json!(id)));

    conn.execute("DELETE FROM audit_events").await.unwrap();
    conn.execute("DELETE FROM audit_seals").await.unwrap();
    assert_eq!(program.run(&["audit", "verify"]).code, 0, "nothing is left that could tell");
    let ran = program.run(&["audit", "verify", "--expect", newest]);
    assert!(ran.code == 1 && ran.out.contains("removed"), "{ran:?}");
    assert_eq!(program.run(&["audit", "verify", "--expect", "1:00"]).code, 2);
}

/// A backup taken while the server wrote is checked on its own, and goes on from where it was once it is put back.
#[tokio::test]
async fn a_backup_is_as_valid_as_what_it_was_made_of() {
    let program = Program::new();
    program.ok(&["db", "init"]);
    program.ok(&["audit", "export"]);
    let server = program.serve(&[]);
    let verdict = sealed(&program);
    let [made, backup] = ["data/keystead.db", "data/backup.db"].map(|path| program.path(path));
    let mut conn = SqliteConnection::connect(&format!("sqlite://{}", made.display())).await.unwrap();
    let copy = sqlx::query("VACUUM INTO ?").bind(backup.to_str().unwrap());
    copy.execute(&mut conn).await.unwrap();
    conn.close().await.unwrap();
    assert_eq!(server.stop().code, 0);

    let restored = program.with("DATABASE_URL", &format!("sqlite://{}", backup.display()));
    let newest = verdict["newest"].as_str().unwrap();
    restored.ok(&["audit", "verify", "--expect", newest]);
    restored.ok(&["audit", "export"]);
    let server = restored.serve(&[]);
    let later = sealed(&restored);
    assert!(later["seals"].as_u64() > verdict["seals"].as_u64(), "{later} {verdict}");
    restored.ok(&["audit", "verify", "--expect", newest]);
    assert_eq!(server.stop().code, 0);
}

#[test]
fn the_trail_is_written_out_line_by_line() {
    let program = Program::new();
    program.ok(&["db", "init"]);
    for _ in 0..3 {
        program.ok(&["audit", "export"]);
    }
    let exported = lines(&program.ok(&["audit", "export", "--before", "2999-01-01T00:00:00Z"]));
    let own: Vec<_> = exported.iter().filter(|event| event["action"] == "audit.exported").collect();
    assert_eq!(own.len(), 4, "each reading is in it, this one too");
    assert!(own.iter().all(|event| event["actor"]["kind"] == "operator" && event["outcome"] == "success"), "{own:?}");
    assert!(exported.is_sorted_by_key(|event| event["at"].as_str().unwrap().to_owned()));
    assert_eq!(program.ok(&["audit", "export", "--after", "2999-01-01T00:00:00Z"]), "");
    let tail = lines(&program.ok(&["audit", "tail", "-n", "2"]));
    assert_eq!(tail.len(), 2);
    assert_eq!(tail[1]["action"], "audit.exported", "the last one before it");
    let ran = program.run(&["audit", "export", "--after", "yesterday"]);
    assert!(ran.code == 2 && ran.err.contains("must be a moment"), "{ran:?}");
}
