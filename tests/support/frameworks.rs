//! Users whose passwords the real Werkzeug, Django and passlib have hashed.
//!
//! `scripts/install-missing tests` brings them. Without them a test says that it is skipped, and with `CI=true` it fails.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use serde::de::DeserializeOwned;

pub struct Dump {
    /// What `keystead import` reads.
    pub users: PathBuf,
    pub people: Vec<Newcomer>,
    folder: tempfile::TempDir,
}

/// As the other system knows them.
#[derive(Debug, Deserialize)]
pub struct Newcomer {
    pub email: String,
    pub password: String,
    pub made_by: String,
}

impl Dump {
    /// A new one: every call gives other salts.
    #[expect(clippy::disallowed_methods, reason = "whether a test may be skipped is told by the environment")]
    pub fn write() -> Option<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let python = root.join("target/frameworks/bin/python");
        if !root.join("target/frameworks/installed.txt").is_file() {
            let hint = "tests/frameworks is not installed: scripts/install-missing tests";
            assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{hint}");
            eprintln!("skipped: {hint}");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let script = root.join("tests/frameworks/write_users.py");
        let done = Command::new(python).args([script.as_path(), folder.path()]).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let users = folder.path().join("users.jsonl");
        let people = lines(&folder.path().join("passwords.jsonl"));
        Some(Self { users, people, folder })
    }
}

impl Dump {
    /// By the program itself, beside a node on the same database.
    pub fn import_into(&self, database_url: &str, secret_key: &str) {
        let mut program = Command::new(env!("CARGO_BIN_EXE_keystead"));
        program.arg("import").arg(&self.users).current_dir(self.folder.path()).env_clear();
        let settings = [("DATABASE_URL", database_url), ("SECRET_KEY", secret_key), ("DB_TLS", "disabled")];
        let done = program.envs(settings).env("HASH_MEMORY_KIB", "8").env("HASH_ITERATIONS", "1").output().unwrap();
        let said = String::from_utf8_lossy(&done.stdout);
        let imported = format!("imported: {}\n", self.people.len());
        assert!(done.status.success() && said.starts_with(&imported), "{done:?}");
    }
}

fn lines<T: DeserializeOwned>(path: &Path) -> Vec<T> {
    std::fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
