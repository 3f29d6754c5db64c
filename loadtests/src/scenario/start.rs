//! What a node takes before anybody asks: time to its first yes, memory, and its file.

use std::thread;
use std::time::Duration;

use anyhow::Context as _;

use super::{Findings, Scenario, Stage, mib};
use crate::numbers::{count, float, micros};
use crate::watch::process::Process;

/// After which whatever is begun at a start has come to rest.
const REST: Duration = Duration::from_secs(2);

pub struct Start;

impl Scenario for Start {
    fn name(&self) -> &'static str {
        "start"
    }

    fn about(&self) -> &'static str {
        "from the start of the process to /readyz on an existing database; memory at rest; size of the binary"
    }

    fn run(&self, stage: &Stage) -> anyhow::Result<Findings> {
        let mut findings = Findings::default();
        let own = stage.own(&[])?;
        // The first start makes keys, which later ones find.
        own.serve(&[])?.stop()?;
        let (mut ready, mut resident) = (Vec::new(), Vec::new());
        for _ in 0..stage.pick(5, 9) {
            let server = own.serve(&[])?;
            ready.push(float(micros(server.ready_after)) / 1_000.0);
            thread::sleep(REST);
            let process = Process::new(server.node().process.context("a process")?);
            resident.push(mib(process.resident_bytes().context("the node's memory")?));
            server.stop()?;
        }
        findings.rounds("ready_ms", ready, "ms");
        findings.rounds("idle_mib", resident, "MiB");
        let binary = std::fs::metadata(own.program()).context("the program's file")?.len();
        findings.measure("binary_mb", float(binary) / 1e6, "MB");
        findings.measure("starts", count(stage.pick(5, 9)), "");
        Ok(findings)
    }
}
