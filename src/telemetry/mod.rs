//! Telemetry: what the process says about itself while it runs. For now the log.
//!
//! One line an event on standard error, for people or as JSON. [`start`] is called once, by the command line; a second
//! call (a test's, an embedding program's) changes nothing and never panics. Secrets are kept out by their types, not
//! here.

use std::io::{IsTerminal as _, stderr};

use tracing::Dispatch;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::logging::{LogFormat, LogLevel, LoggingSettings};

/// Sends the log of this process, and of the crates beneath it, to standard error. False when there is a log already,
/// which then stays as it is.
pub fn start(settings: LoggingSettings) -> bool {
    subscriber(settings, stderr, stderr().is_terminal()).try_init().is_ok()
}

fn subscriber<W>(settings: LoggingSettings, writer: W, colours: bool) -> Dispatch
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filtered = tracing_subscriber::registry().with(filter(settings.level));
    let lines = tracing_subscriber::fmt::layer().with_writer(writer);
    match settings.format {
        LogFormat::Pretty => filtered.with(lines.with_ansi(colours)).into(),
        LogFormat::Json => {
            filtered.with(lines.json().flatten_event(true).with_current_span(true).with_span_list(false)).into()
        }
    }
}

/// Below `trace` the crates beneath are kept a step quieter than Keystead itself: sqlx and the HTTP stack have messages
/// for every statement and connection, in which our own would drown.
///
/// Not an `EnvFilter`, which looks into a locked table whenever a span is entered or left, for filters by a span's fields
/// that there are none of here.
fn filter(level: LogLevel) -> Targets {
    let (ours, theirs) = match level {
        LogLevel::Error => (LevelFilter::ERROR, LevelFilter::ERROR),
        LogLevel::Warn => (LevelFilter::WARN, LevelFilter::WARN),
        LogLevel::Info => (LevelFilter::INFO, LevelFilter::WARN),
        LogLevel::Debug => (LevelFilter::DEBUG, LevelFilter::INFO),
        LogLevel::Trace => return quiet_about_mail(Targets::new().with_default(LevelFilter::TRACE)),
    };
    quiet_about_mail(
        Targets::new()
            .with_default(theirs)
            .with_target("keystead", ours)
            .with_target("sqlx", theirs.min(LevelFilter::WARN)),
    )
}

/// At any level: lettre, where some other crate switches its log on, writes down whole dialogues with mail servers, with
/// passwords, addresses and links.
fn quiet_about_mail(targets: Targets) -> Targets {
    targets.with_target("lettre", LevelFilter::OFF)
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn written(settings: LoggingSettings, events: impl FnOnce()) -> String {
        let page = Page::default();
        let pen = page.clone();
        tracing::dispatcher::with_default(&subscriber(settings, move || pen.clone(), false), events);
        let bytes = page.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn json_is_one_object_a_line() {
        let text = written(LoggingSettings { level: LogLevel::Info, format: LogFormat::Json }, || {
            tracing::info!(count = 3, "swept");
            tracing::warn!("two\nlines");
        });
        let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!((&lines[0]["message"], &lines[0]["count"]), (&"swept".into(), &3.into()));
        assert_eq!(lines[1]["level"], "WARN");
    }

    #[test]
    fn the_level_counts_for_keystead_and_others_are_quieter() {
        let text = written(LoggingSettings { level: LogLevel::Info, format: LogFormat::Pretty }, || {
            tracing::info!("ours");
            tracing::debug!("too detailed");
            tracing::info!(target: "actix_server", "theirs");
            tracing::warn!(target: "sqlx", "slow");
        });
        assert!(text.contains("ours") && text.contains("slow"), "{text}");
        assert!(!text.contains("detailed") && !text.contains("theirs") && !text.contains('\u{1b}'), "{text}");
    }

    #[test]
    fn what_is_said_to_mail_servers_is_never_written_down() {
        let text = written(LoggingSettings { level: LogLevel::Trace, format: LogFormat::Pretty }, || {
            tracing::trace!(target: "lettre::transport::smtp", "secret");
            tracing::trace!(target: "another", "public");
        });
        assert!(text.contains("public") && !text.contains("secret"), "{text}");
    }

    #[test]
    fn starting_twice_changes_nothing() {
        let settings = LoggingSettings { level: LogLevel::Error, format: LogFormat::Pretty };
        start(settings);
        assert!(!start(settings));
    }
}
