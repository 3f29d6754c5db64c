//! The machine that a run was made on: without it, its figures say nothing.

use serde::{Deserialize, Serialize};

use crate::numbers::cores;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Machine {
    pub cores: usize,
    pub processor: String,
    pub kernel: String,
}

impl Machine {
    pub fn this() -> Self {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let (processors, kernel) = (read("/proc/cpuinfo"), read("/proc/sys/kernel/osrelease"));
        let name = processors.lines().find(|line| line.starts_with("model name"));
        let processor = name.and_then(|line| line.split_once(':')).map_or("unknown", |(_, name)| name.trim());
        Self { cores: cores(), processor: processor.to_owned(), kernel: kernel.trim().to_owned() }
    }
}
