//! The real binary as a process of its own, on an SQLite file in a folder. Dropping it is `kill -9`.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const START_PATIENCE: Duration = Duration::from_secs(30);

pub struct Server {
    child: Child,
    pub url: String,
    pub http: reqwest::Client,
}

impl Server {
    /// `serve` in `folder`, with `extra` arguments and further `settings`; returns once it is ready.
    pub async fn start(folder: &Path, extra: &[&str], settings: &[(&str, &str)]) -> Self {
        let port = free_port();
        let mut command = Command::new(env!("CARGO_BIN_EXE_keystead"));
        command
            .arg("serve")
            .args(extra)
            .current_dir(folder)
            .env("LISTEN", format!("127.0.0.1:{port}"))
            .env("OPS_LISTEN", "127.0.0.1:0")
            .env("HASH_MEMORY_KIB", "8")
            .env("HASH_ITERATIONS", "1")
            .env("REFRESH_GRACE_SECONDS", "300")
            .env("LOG_LEVEL", "warn")
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::inherit());
        let child = command.spawn().unwrap();
        let http = reqwest::Client::builder().timeout(Duration::from_secs(5)).build().unwrap();
        let mut server = Self { child, url: format!("http://127.0.0.1:{port}"), http };
        server.until_ready().await;
        server
    }

    async fn until_ready(&mut self) {
        let began = Instant::now();
        while began.elapsed() < START_PATIENCE {
            let asked = self.http.get(format!("{}/readyz", self.url)).send().await;
            if asked.is_ok_and(|answer| answer.status() == 200) {
                return;
            }
            assert!(self.child.try_wait().unwrap().is_none(), "the server ended before it was ready");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the server was not ready within {START_PATIENCE:?}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; both calls then say so, and that is all that is wanted.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// Free a moment ago, which is as much as can be known.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
