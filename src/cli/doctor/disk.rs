//! Whether there is room for what is written next.

use std::path::Path;

use rustix::fs::statvfs;

use super::finding::{Finding, fail, ok, warn};
use crate::config::Config;

/// A day of a busy server's audit trail and write-ahead log.
const ENOUGH_MIB: u64 = 1_024;
/// A write-ahead log may grow to 64 MiB before it is written back, and a checkpoint needs room of its own.
const LEAST_MIB: u64 = 200;
const MIB: u64 = 1024 * 1024;

pub fn look(config: &Config) -> Vec<Finding> {
    let data = &config.database.data_dir;
    // What is not there yet is made on the disk of the folder above it.
    let there = data.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("."));
    let there = if there.as_os_str().is_empty() { Path::new(".") } else { there };
    let free_mib = match statvfs(there) {
        Ok(disk) => disk.f_bavail.saturating_mul(disk.f_frsize) / MIB,
        Err(cause) => {
            let text = format!("how much is free at {} is unknown: {cause}", there.display());
            return vec![warn("disk", text, "look at it with `df`")];
        }
    };
    let text = format!("{free_mib} MiB are free at {}", data.display());
    vec![match free_mib {
        0..LEAST_MIB => {
            fail("disk", text, "make room, or nothing can be written soon: the server refuses, and loses nothing")
        }
        LEAST_MIB..ENOUGH_MIB => {
            warn("disk", text, "make room before it runs out; AUDIT_RETENTION_DAYS decides how much is kept")
        }
        _ => ok("disk", text),
    }]
}
