//! How far long work is: a bar on standard error, and only where that is a terminal.
//!
//! Standard output stays the answer's own, and a script or a log gets none of it.

use std::io::{self, IsTerminal as _};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Work whose end nobody knows shows that it lives, this often: smooth to the eye, and nothing to the machine.
const TICK: Duration = Duration::from_millis(120);
/// `{msg}` is what is done, in a word or two.
const COUNTED: &str = "{msg} [{bar:32}] {human_pos}/{human_len} {percent}% ({per_sec}, {eta} to go)";
const BYTES: &str = "{msg} [{bar:32}] {bytes}/{total_bytes} {percent}% ({bytes_per_sec}, {eta} to go)";
const ENDLESS: &str = "{msg} {spinner} {human_pos} ({per_sec})";

/// A bar, which goes when it is dropped. Where nobody looks, it costs a count.
pub struct Progress(ProgressBar);

impl Progress {
    /// `total` rows, users, files.
    pub fn counted(what: &'static str, total: u64) -> Self {
        Self::shown(|| styled(ProgressBar::new(total), COUNTED, what))
    }

    /// `total` bytes.
    pub fn bytes(what: &'static str, total: u64) -> Self {
        Self::shown(|| styled(ProgressBar::new(total), BYTES, what))
    }

    /// Work of which nobody knows how much there is; it counts what is done.
    pub fn endless(what: &'static str) -> Self {
        Self::shown(|| {
            let bar = styled(ProgressBar::new_spinner(), ENDLESS, what);
            bar.enable_steady_tick(TICK);
            bar
        })
    }

    /// So many more are done.
    pub fn advance(&self, more: u64) {
        self.0.inc(more);
    }

    /// So many are done in all.
    pub fn set(&self, done: u64) {
        self.0.set_position(done);
    }

    /// What is done now, where the work has parts.
    pub fn part(&self, what: impl Into<String>) {
        self.0.set_message(what.into());
    }

    /// What was counted so far.
    pub fn done(&self) -> u64 {
        self.0.position()
    }

    /// A line beside the bar, on standard error: what must be seen while the work goes on.
    pub fn tell(&self, line: &str) {
        if self.0.is_hidden() {
            // There is nowhere else to say that standard error is gone.
            let _unsaid = io::Write::write_fmt(&mut io::stderr().lock(), format_args!("{line}\n"));
        } else {
            self.0.println(line);
        }
    }

    fn shown(make: impl FnOnce() -> ProgressBar) -> Self {
        Self(if io::stderr().is_terminal() { make() } else { ProgressBar::hidden() })
    }
}

impl Drop for Progress {
    /// What follows is the answer, and it says how much there was.
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

fn styled(bar: ProgressBar, template: &'static str, what: &'static str) -> ProgressBar {
    // A template that cannot be read is a defect that the test below finds; the bar then looks as indicatif's own.
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.with_style(style).with_message(what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_one() {
        for template in [COUNTED, BYTES, ENDLESS] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }

    #[test]
    fn what_is_hidden_counts_all_the_same() {
        let progress = Progress(ProgressBar::hidden());
        progress.advance(3);
        progress.advance(4);
        assert_eq!(progress.done(), 7);
        progress.set(2);
        assert_eq!(progress.done(), 2);
    }
}
