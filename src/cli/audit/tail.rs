//! `keystead audit tail`

use std::io::{self, Write as _};
use std::time::Duration;

use clap::Args;

use crate::cli::configuration;
use crate::cli::exit::Failure;
use crate::cli::offline::{Needs, Offline};
use crate::domain::audit_event::Action;
use crate::flows::read_audit::{self, note_reading};
use crate::http::audit_json::EventJson;

/// Between two looks for what is new.
const PAUSE: Duration = Duration::from_secs(1);

#[derive(Debug, Args)]
pub struct Tail {
    /// How many of the latest
    #[arg(short = 'n', long, default_value_t = 10)]
    lines: u32,
    /// Go on with those that follow, until it is interrupted
    #[arg(short, long)]
    follow: bool,
}

pub async fn run(asked: Tail) -> Result<(), Failure> {
    let config = configuration::for_a_command(&configuration::surroundings())?;
    let offline = Offline::open(&config, Needs::NOTHING).await?;
    let written = write(&offline, &asked).await;
    offline.close().await;
    written
}

async fn write(offline: &Offline, asked: &Tail) -> Result<(), Failure> {
    let mut tail = read_audit::Tail::begin(offline.database(), offline.clock(), asked.lines).await?;
    note_reading(offline.database(), Action::AuditRead, None).await?;
    let mut left = asked.lines;
    loop {
        let records = tail.next().await?;
        if records.is_empty() {
            if !asked.follow {
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
            continue;
        }
        let mut out = io::stdout().lock();
        for record in records {
            if left == 0 && !asked.follow {
                return Ok(out.flush()?);
            }
            left = left.saturating_sub(1);
            serde_json::to_writer(&mut out, &EventJson::from(record)).map_err(io::Error::from)?;
            out.write_all(b"\n")?;
        }
        out.flush()?;
    }
}
