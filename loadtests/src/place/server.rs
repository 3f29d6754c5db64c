//! One node as a process of its own.

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};

use super::Node;
use crate::http::ask_once;

const START_PATIENCE: Duration = Duration::from_secs(30);
/// `serve` promises to end within thirty seconds.
const STOP_PATIENCE: Duration = Duration::from_secs(35);
/// Small against what is measured with it: the time from the start to the first yes.
const GLANCE: Duration = Duration::from_millis(2);
/// Of the log, when a node does not start.
const LAST_LINES: usize = 15;

pub struct Server {
    child: Child,
    pub address: SocketAddr,
    /// From the start of the process to the first 200 at `/readyz`.
    pub ready_after: Duration,
}

impl Server {
    /// `serve` by this command, whose settings are made, at a port of its own or at the one that is named.
    pub fn start(mut command: Command, port: Option<u16>, log: &Path) -> anyhow::Result<Self> {
        let port = port.map_or_else(free_port, Ok)?;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        // Further starts at one port write on where the last one ended.
        let file = File::options().create(true).append(true).open(log);
        let file = file.with_context(|| format!("cannot write {}", log.display()))?;
        command.arg("serve").env("LISTEN", address.to_string()).env("OPS_LISTEN", "127.0.0.1:0");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(file);
        let began = Instant::now();
        let child = command.spawn().context("keystead does not start")?;
        let mut server = Self { child, address, ready_after: Duration::ZERO };
        server.wait_until_ready(began, log)?;
        server.ready_after = began.elapsed();
        Ok(server)
    }

    fn wait_until_ready(&mut self, began: Instant, log: &Path) -> anyhow::Result<()> {
        loop {
            if ask_once(self.address, crate::driver::request::get("/readyz")).is_ok_and(|answer| answer.status == 200) {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait().context("the process of the node")? {
                bail!("keystead ended with {status}:\n{}", last_lines(log));
            }
            ensure!(began.elapsed() < START_PATIENCE, "not ready after {START_PATIENCE:?}:\n{}", last_lines(log));
            thread::sleep(GLANCE);
        }
    }

    pub fn node(&self) -> Node {
        Node { address: self.address, process: Some(self.child.id()) }
    }

    /// In good order; by force where that takes longer than it may.
    pub fn stop(mut self) -> anyhow::Result<Duration> {
        let began = Instant::now();
        self.ask_to_end();
        while self.child.try_wait().context("the process of the node")?.is_none() {
            ensure!(began.elapsed() < STOP_PATIENCE, "keystead did not end within {STOP_PATIENCE:?}");
            thread::sleep(GLANCE);
        }
        Ok(began.elapsed())
    }

    fn ask_to_end(&self) {
        if let Some(id) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            // It fails where the process has ended already.
            let _told = kill_process(id, Signal::TERM);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The folder goes next; nobody needs what it would still write.
        let _killed = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// Free a moment ago.
pub fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("a free port")?;
    Ok(listener.local_addr().context("a port")?.port())
}

fn last_lines(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LAST_LINES)..].join("\n")
}
