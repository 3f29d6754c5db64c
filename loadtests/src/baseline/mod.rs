//! What Keystead is compared with, in the same run and on the same cores: the bare loop of the hasher, actix-web with a
//! handler that does nothing, one transaction a request, and a server that hashes the naive way.
//!
//! The servers are this very program in a process of its own, so that their processor time and memory can be told from
//! the generator's. Each does less than Keystead for a request, never more: a ratio errs to its disadvantage.

pub mod bare;
pub mod hashing;
pub mod naive;
pub mod rotations;

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::thread;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use crate::place::Node;

/// The hidden sub-command that a child is started with.
pub const WORD: &str = "baseline-server";

pub struct Baseline {
    process: Child,
    pub address: SocketAddr,
    /// What it said of itself when it was ready.
    pub told: Value,
}

impl Baseline {
    /// It ends with this value, or with this process.
    pub fn start(which: &str, argument: &Value) -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("the path of this program")?;
        let mut command = Command::new(program);
        command.args([WORD, which, &argument.to_string()]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut process = command.spawn().context("a baseline's process")?;
        let said = process.stdout.take().context("the baseline's output")?;
        let mut line = String::new();
        BufReader::new(said).read_line(&mut line).context("a line of the baseline")?;
        let told: Value = serde_json::from_str(&line).with_context(|| format!("the baseline {which} did not start"))?;
        let address = told["address"].as_str().and_then(|text| text.parse().ok()).context("the baseline's address")?;
        Ok(Self { process, address, told })
    }

    pub fn node(&self) -> Node {
        Node { address: self.address, process: Some(self.process.id()) }
    }
}

impl Drop for Baseline {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ended = self.process.wait();
    }
}

/// In the child: serves until its parent ends.
pub fn serve(which: &str, argument: &str) -> anyhow::Result<()> {
    thread::spawn(|| {
        // Nothing is ever written there: it ends when the parent drops its end, or ends itself.
        let _closed = std::io::stdin().read(&mut [0]);
        std::process::exit(0);
    });
    let argument: Value = serde_json::from_str(argument).context("what the baseline is told")?;
    match which {
        "bare" => bare::serve(&argument),
        "naive" => naive::serve(),
        "rotations" => rotations::serve(&argument),
        _ => bail!("there is no baseline {which}"),
    }
}

/// Says where it listens, and whatever else the parent has to know.
fn ready(address: SocketAddr, more: &Value) {
    println!("{}", json!({ "address": address, "more": more }));
}
