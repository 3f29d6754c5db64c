//! What is not taken and not put back, and that nothing was touched then.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};

use super::ground::{EMAIL, Ground, PASSWORD, begin, object, text};
use crate::program::{Program, Ran};

struct Ready {
    program: Program,
    file: PathBuf,
    manifest: PathBuf,
}

impl Ready {
    fn new() -> Self {
        let program = Ground::File.program();
        begin(&program);
        let file = program.path("backup.db");
        program.ok(&["db", "backup", "-o", text(&file)]);
        Self { manifest: program.path("backup.db.manifest.json"), program, file }
    }

    fn restore(&self, more: &[&str]) -> Ran {
        self.program.run(&[&["db", "restore", text(&self.file)], more].concat())
    }

    /// What the backup is after this, it is refused, and the database is as it was.
    fn refuses(&self, code: i32, says: &str) {
        let database = self.program.path("data/keystead.db");
        let before = fs::read(&database).unwrap();
        let ran = self.restore(&["--replace", "--yes"]);
        assert!(ran.code == code && ran.err.contains(says), "{says}: {ran:?}");
        assert_eq!(fs::read(&database).unwrap(), before, "{says}");
    }

    fn change_manifest(&self, change: impl FnOnce(&mut Value)) -> Vec<u8> {
        let before = fs::read(&self.manifest).unwrap();
        let mut manifest: Value = serde_json::from_slice(&before).unwrap();
        change(&mut manifest);
        fs::write(&self.manifest, manifest.to_string()).unwrap();
        before
    }
}

#[test]
fn what_is_damaged_cut_short_or_made_up_is_not_put_back() {
    let ready = Ready::new();
    let whole = fs::read(&ready.file).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    fs::write(&ready.file, &flipped).unwrap();
    ready.refuses(6, "not as it was written");
    fs::write(&ready.file, &whole[..whole.len() - 1]).unwrap();
    ready.refuses(6, "bytes long");
    fs::write(&ready.file, &whole).unwrap();

    for (name, value) in [("bytes", 1.into()), ("sha256", "00".into()), ("migration", 9_001.into())] {
        let before = ready.change_manifest(|manifest| manifest[name] = value);
        ready.refuses(6, "the manifest is not as it was written");
        fs::write(&ready.manifest, before).unwrap();
    }
    let before = ready.change_manifest(|manifest| manifest["form"] = 2.into());
    ready.refuses(3, "it is of form 2");
    fs::write(&ready.manifest, before).unwrap();
    let manifest = fs::read(&ready.manifest).unwrap();
    fs::remove_file(&ready.manifest).unwrap();
    ready.refuses(3, "manifest cannot be read");
    fs::write(&ready.manifest, manifest).unwrap();
    assert_eq!(ready.restore(&["--replace", "--yes"]).code, 0, "it was a good one all the while");
}

#[test]
fn a_backup_of_another_secret_key_is_refused_until_that_is_the_previous_one() {
    let ready = Ready::new();
    let other = "Another-key-of-43-characters-of-no-meaning-1";
    let moved = ready.program.copy().with("SECRET_KEY", other);
    let restore = ["db", "restore", text(&ready.file), "--replace", "--yes"];
    let ran = moved.run(&restore);
    assert!(ran.code == 6 && ran.err.contains("another SECRET_KEY"), "{ran:?}");
    let knowing = moved.with("SECRET_KEY_PREVIOUS", crate::program::SECRET_KEY);
    knowing.ok(&restore);
}

#[test]
fn nothing_is_replaced_without_a_word_and_what_was_there_is_kept() {
    let ready = Ready::new();
    let ran = ready.restore(&["--yes"]);
    assert!(ran.code == 4 && ran.err.contains("holds 1 users") && ran.err.contains("--replace"), "{ran:?}");
    let ran = ready.restore(&["--replace"]);
    assert!(ran.code == 2 && ran.err.contains("--yes"), "{ran:?}");
    let would = object(&ready.program, &["db", "restore", text(&ready.file), "--replace", "--dry-run", "--json"]);
    assert_eq!((&would["restored"], &would["users_replaced"]), (&false.into(), &1.into()));
    let restored = object(&ready.program, &["db", "restore", text(&ready.file), "--replace", "--yes", "--json"]);
    let kept = PathBuf::from(restored["kept"].as_str().unwrap());
    assert!(ready.program.folder().join(kept).is_file());
    assert!(!ready.program.path("data/keystead.db-wal").exists(), "an old log would be taken for the new one's");
}

/// A file that is no database any more, and a log that was left beside one that is gone: neither is in the way, and the
/// log is not read into the new one.
#[test]
fn what_is_left_of_a_broken_database_is_not_in_the_way() {
    let ready = Ready::new();
    let database = ready.program.path("data/keystead.db");
    fs::write(&database, "no database at all, and longer than a header has to be").unwrap();
    let ran = ready.restore(&["--yes"]);
    assert!(ran.code == 4 && ran.err.contains("cannot be read as a database"), "{ran:?}");
    assert_eq!(ready.restore(&["--yes", "--replace"]).code, 0);
    ready.program.ok(&["db", "status"]);

    fs::remove_file(&database).unwrap();
    fs::write(ready.program.path("data/keystead.db-wal"), "left behind").unwrap();
    assert_eq!(ready.restore(&["--yes"]).code, 0);
    ready.program.ok(&["db", "status"]);
    assert_eq!(ready.program.run(&["db", "restore", "nothing.db"]).code, 3);
}

#[test]
fn a_backup_goes_over_nothing_that_is_there() {
    let ready = Ready::new();
    let before = fs::read(&ready.file).unwrap();
    let ran = ready.program.run(&["db", "backup", "-o", text(&ready.file)]);
    assert!(ran.code == 4 && ran.err.contains("is there already"), "{ran:?}");
    fs::remove_file(&ready.manifest).unwrap();
    assert_eq!(ready.program.run(&["db", "backup", "-o", text(&ready.file)]).code, 4);
    assert_eq!(fs::read(&ready.file).unwrap(), before);
    let ran = ready.program.run(&["db", "backup", "-o", "no/such/folder/file"]);
    assert!(ran.code == 1 && ran.err.contains("no/such/folder"), "{ran:?}");
}

async fn users(path: &std::path::Path) -> i64 {
    let mut conn = SqliteConnectOptions::new().filename(path).connect().await.unwrap();
    let count = sqlx::query_scalar("SELECT COUNT(*) FROM users").fetch_one(&mut conn).await.unwrap();
    conn.close().await.unwrap();
    count
}

/// What was written last stands in the log beside the file until somebody moves it over.
#[tokio::test]
async fn a_file_that_was_copied_lacks_what_a_backup_has() {
    let program = Ground::File.program();
    program.ok(&["db", "init"]);
    let database = program.path("data/keystead.db");
    // Somebody who reads: what follows cannot be moved over before they are done.
    let mut reader = SqliteConnection::connect(text(&database)).await.unwrap();
    sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE); BEGIN; SELECT COUNT(*) FROM users")
        .execute(&mut reader)
        .await
        .unwrap();
    let made = program.run_with_input(&["db", "create-admin", "--email", EMAIL, "--password-stdin"], PASSWORD);
    assert_eq!(made.code, 0, "{made:?}");
    let (copied, backup) = (program.path("copied.db"), program.path("backup.db"));
    fs::copy(&database, &copied).unwrap();
    program.ok(&["db", "backup", "-o", text(&backup)]);
    reader.close().await.unwrap();
    assert_eq!((users(&copied).await, users(&backup).await), (0, 1));
}
