//! The drill: a backup under load, the database destroyed, put back, and what is then true of it.

use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use serde_json::{Value, json};

use super::ground::{EMAIL, Ground, PASSWORD, begin, object, post, refreshed, seen, sign_in, text};
use crate::program::Program;

/// Sign-ins that go on while the backup is taken.
struct Load {
    stop: Arc<AtomicBool>,
    done: Arc<AtomicU32>,
    task: tokio::task::JoinHandle<()>,
}

impl Load {
    fn begin(url: &str) -> Self {
        let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
        let (url, stopped, count) = (format!("{url}/v1/login"), Arc::clone(&stop), Arc::clone(&done));
        let task = tokio::spawn(async move {
            let client = reqwest::Client::new();
            let body = json!({ "identifier": EMAIL, "password": PASSWORD }).to_string();
            while !stopped.load(Ordering::Relaxed) {
                let call = client.post(&url).header("Content-Type", "application/json").body(body.clone());
                assert_eq!(call.send().await.unwrap().status(), 200);
                count.fetch_add(1, Ordering::Relaxed);
            }
        });
        Self { stop, done, task }
    }

    async fn until(&self, count: u32) {
        while self.done.load(Ordering::Relaxed) < count && !self.task.is_finished() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }

    /// How many there were.
    async fn end(self) -> u32 {
        self.stop.store(true, Ordering::Relaxed);
        self.task.await.unwrap();
        self.done.load(Ordering::Relaxed)
    }
}

fn is_valid(program: &Program, newest_seal: &Value) {
    match newest_seal.as_str() {
        Some(seal) => program.ok(&["audit", "verify", "--expect", seal]),
        None => program.ok(&["audit", "verify"]),
    };
}

async fn drill(ground: Ground) {
    let program = ground.program();
    begin(&program);
    let server = program.serve(&[]);
    let signed_in = sign_in(&server).await;
    let (status, _) = post(&server, "/v1/password/forgot", &json!({ "email": EMAIL })).await;
    assert!(status < 300, "{status}");
    let load = Load::begin(&server.url);
    load.until(5).await;
    let file = program.path("backup");
    let backup = object(&program, &["db", "backup", "--json", "-o", text(&file)]);
    let during = load.done.load(Ordering::Relaxed);
    load.until(during + 5).await;
    assert!(load.end().await > during, "nobody signed in while it was taken");
    assert_eq!((&backup["users"], backup["bytes"].as_u64()), (&json!(1), Some(file.metadata().unwrap().len())));
    for path in [backup["file"].as_str().unwrap(), backup["manifest_file"].as_str().unwrap()] {
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600, "{path}");
    }
    let left: Vec<_> = std::fs::read_dir(program.folder()).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with('.')), "something is left behind: {left:?}");
    let after = sign_in(&server).await;
    let busy = program.run(&["db", "restore", text(&file), "--replace", "--yes"]);
    assert!(busy.code == 4 && busy.err.contains("in use"), "{busy:?}");
    assert_eq!(server.stop().code, 0);

    ground.destroy(&program).await;
    let restored = object(&program, &["db", "restore", text(&file), "--yes", "--json"]);
    assert_eq!((&restored["restored"], &restored["users"]), (&json!(true), &json!(1)));
    assert!(restored["sessions_ended"].as_u64() >= Some(6), "{restored}");
    is_valid(&program, &backup["newest_seal"]);
    let trail = program.ok(&["audit", "export"]);
    let told = trail.lines().find(|line| line.contains("database.restored")).expect("the trail tells of it");
    assert!(told.contains(backup["sha256"].as_str().unwrap()), "{told}");
    let server = program.serve(&[]);
    for old in [&signed_in, &after] {
        assert_eq!((refreshed(&server, old).await, seen(&server, old).await), (401, 401));
    }
    let anew = sign_in(&server).await;
    assert_eq!((seen(&server, &anew).await, refreshed(&server, &anew).await), (200, 200));
    assert_eq!(server.stop().code, 0);
    is_valid(&program, &backup["newest_seal"]);

    let again = ["db", "restore", text(&file), "--keep-sessions", "--json", "--yes"];
    let refused = program.run(&again);
    assert!(refused.code == 4 && refused.err.contains("holds 1 users"), "{refused:?}");
    let kept = object(&program, &[&again[..], &["--replace"]].concat());
    assert_eq!(kept["sessions_ended"], Value::Null);
    let server = program.serve(&[]);
    assert_eq!((seen(&server, &signed_in).await, refreshed(&server, &signed_in).await), (200, 200));
    assert_eq!(refreshed(&server, &anew).await, 401, "it began after the backup");
    assert_eq!(server.stop().code, 0);
    ground.destroy(&program).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite() {
    drill(Ground::File).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_mariadb() {
    if let Some(ground) = Ground::mariadb() {
        drill(ground).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgresql() {
    if let Some(ground) = Ground::postgres() {
        drill(ground).await;
    }
}
