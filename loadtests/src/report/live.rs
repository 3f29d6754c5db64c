//! The terminal while a run goes on: a bar for the phase, and a line for each stream. Where standard error is no
//! terminal, one line at the end of each phase.

use std::io::IsTerminal as _;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::model::{Phase, Second};
use crate::numbers::short;

pub struct Live {
    all: MultiProgress,
    shown: bool,
}

/// The lines of one phase; they go when it does.
pub struct LivePhase {
    bar: ProgressBar,
    streams: Vec<ProgressBar>,
    whole_seconds: f64,
}

impl Live {
    pub fn new() -> Self {
        Self { all: MultiProgress::new(), shown: std::io::stderr().is_terminal() }
    }

    pub fn phase(&self, name: &str, streams: &[&str], whole_seconds: f64) -> LivePhase {
        let style =
            |template: &str| ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let length = std::time::Duration::from_secs_f64(whole_seconds);
        let bar = self.all.add(ProgressBar::new(crate::numbers::micros(length) / 1_000));
        bar.set_style(style("{prefix:18} [{bar:30}] {msg}"));
        bar.set_prefix(name.to_owned());
        let line = |stream: &&str| {
            let line = self.all.add(ProgressBar::new_spinner());
            line.set_style(style("  {prefix:16} {msg}"));
            line.set_prefix((*stream).to_owned());
            line
        };
        LivePhase { bar, streams: streams.iter().map(line).collect(), whole_seconds }
    }

    /// Something that takes its time, such as signing people in.
    pub fn say(&self, text: &str) {
        if self.shown {
            // Where the terminal is gone, nobody reads.
            let _said = self.all.println(text);
        } else {
            eprintln!("{text}");
        }
    }

    pub fn summary(&self, phase: &Phase) {
        let generator = 100.0 * phase.generator_share;
        self.say(&format!("  {} ({:.0} s, generator {generator:.0} % of the cores)", phase.name, phase.seconds));
        for stream in &phase.streams {
            let counts = &stream.counts;
            let mut line = format!(
                "    {:16} {:>8}/s  p50 {:>8} ms  p99 {:>8} ms",
                stream.name,
                short(stream.judged_rate),
                short(stream.judged.p50),
                short(stream.judged.p99),
            );
            for (what, number) in [("refused", counts.refused), ("errors", counts.errors()), ("not asked", counts.over)]
            {
                if number > 0 {
                    line = format!("{line}  {what} {number}");
                }
            }
            self.say(&line);
        }
    }
}

impl LivePhase {
    pub fn show(&self, at: f64, seconds: &[Second]) {
        let passed = std::time::Duration::from_secs_f64(at.max(0.0));
        self.bar.set_position(crate::numbers::micros(passed) / 1_000);
        self.bar.set_message(format!("{at:.0} of {:.0} s", self.whole_seconds));
        for (line, second) in self.streams.iter().zip(seconds) {
            let counts = &second.counts;
            line.set_message(format!(
                "{:>7}/s  p50 {:>7} ms  p99 {:>7} ms  refused {:>5}  errors {:>3}  not asked {:>3}",
                counts.judged(),
                short(second.p50_ms),
                short(second.p99_ms),
                counts.refused,
                counts.errors(),
                counts.over
            ));
        }
    }
}

impl Drop for LivePhase {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
        self.streams.iter().for_each(ProgressBar::finish_and_clear);
    }
}
