//! A process as `/proc` shows it.

use std::fs;

/// `USER_HZ`, in which Linux tells processor time to programs, whatever its own clock is.
const TICKS_PER_SECOND: f64 = 100.0;

pub struct Process {
    id: u32,
    seconds: f64,
}

impl Process {
    pub fn new(id: u32) -> Self {
        Self { id, seconds: seconds(id).unwrap_or_default() }
    }

    pub fn resident_bytes(&self) -> Option<u64> {
        status_kib(self.id, "VmRSS:")
    }

    /// Processor seconds since the last time.
    pub fn seconds_since(&mut self) -> Option<f64> {
        let now = seconds(self.id)?;
        let since = now - self.seconds;
        self.seconds = now;
        Some(since)
    }
}

/// The most that was ever resident.
pub fn peak_bytes(id: u32) -> Option<u64> {
    status_kib(id, "VmHWM:")
}

/// Lets the peak begin anew. Where it may not (another user's process), the peak is of the whole life.
pub fn forget_peak(id: u32) {
    let _forgotten = fs::write(format!("/proc/{id}/clear_refs"), "5");
}

fn status_kib(id: u32, field: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let value = status.lines().find_map(|line| line.strip_prefix(field))?;
    Some(value.split_ascii_whitespace().next()?.parse::<u64>().ok()? * 1024)
}

fn seconds(id: u32) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The second field, a name in parentheses, may hold spaces; user and system time are the fields 14 and 15.
    let (_, after_name) = stat.rsplit_once(')')?;
    let ticks = after_name.split_ascii_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok());
    Some(ticks.sum::<f64>() / TICKS_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_can_be_seen() {
        let own = Process::new(std::process::id());
        let (resident, peak) = (own.resident_bytes().unwrap(), peak_bytes(std::process::id()).unwrap());
        assert!(resident > 100_000 && peak >= resident / 2, "{resident} {peak}");
    }
}
