//! `keystead audit export`

use std::io::{self, BufWriter, Write as _};

use clap::Args;

use super::moment;
use crate::cli::configuration;
use crate::cli::exit::Failure;
use crate::cli::offline::{Needs, Offline};
use crate::domain::audit_event::Action;
use crate::domain::clock::Timestamp;
use crate::flows::read_audit::{Reading, note_reading};
use crate::http::audit_json::EventJson;

#[derive(Debug, Args)]
pub struct Export {
    /// From this moment on
    #[arg(long, value_name = "MOMENT", value_parser = moment)]
    after: Option<Timestamp>,
    /// Up to this moment, without it; else up to now
    #[arg(long, value_name = "MOMENT", value_parser = moment)]
    before: Option<Timestamp>,
}

pub async fn run(asked: Export) -> Result<(), Failure> {
    let config = configuration::for_a_command(&configuration::surroundings())?;
    let offline = Offline::open(&config, Needs::NOTHING).await?;
    let written = write(&offline, &asked).await;
    offline.close().await;
    written
}

async fn write(offline: &Offline, asked: &Export) -> Result<(), Failure> {
    note_reading(offline.database(), Action::AuditExported, asked.after).await?;
    // What is written from now on would make it endless.
    let before = asked.before.unwrap_or_else(|| offline.clock().now());
    let after = asked.after.unwrap_or(Timestamp::from_micros(i64::MIN));
    let mut reading = Reading::between(offline.database(), after, before);
    let mut out = BufWriter::new(io::stdout().lock());
    loop {
        let records = reading.next().await?;
        if records.is_empty() {
            return Ok(out.flush()?);
        }
        for record in records {
            serde_json::to_writer(&mut out, &EventJson::from(record)).map_err(io::Error::from)?;
            out.write_all(b"\n")?;
        }
    }
}
