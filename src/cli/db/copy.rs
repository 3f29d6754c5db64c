//! `keystead db copy`: everything from one database into another, of whichever kind either is.

use clap::Args;
use serde_json::json;

use crate::cli::configuration;
use crate::cli::exit::{Exit, Failure};
use crate::cli::offline::{Needs, Offline};
use crate::cli::output::Output;
use crate::cli::progress::Progress;
use crate::config::copying::{self, Named, Side};
use crate::config::database::{DatabaseSettings, Target};
use crate::domain::clock::Clock;
use crate::flows::note_copy::note_copy;
use crate::store::copying::{Copied, CopyError, Progress as Step, copy, prepare};
use crate::store::hexadecimal::hex;

const EXAMPLES: &str = "\
Examples:
  COPY_TO_PASSWORD_FILE=/run/secrets/db keystead db copy --to postgres://keystead@db.example/keystead
  keystead db copy --from sqlite:/srv/old/keystead.db --to configured

Stop the servers first: what is written to the source meanwhile is not in the copy. The target is made where it is
missing and must hold nothing. Sessions and keys go along, so SECRET_KEY stays the same.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Copy {
    /// Where from: `configured`, sqlite:PATH or the URL of a server without its password (`COPY_FROM_PASSWORD`)
    #[arg(long, value_name = "DATABASE", default_value = "configured")]
    from: String,
    /// Where to: the same, and `COPY_TO_PASSWORD`
    #[arg(long, value_name = "DATABASE")]
    to: String,
    #[command(flatten)]
    told: Output,
}

pub async fn run(asked: Copy) -> Result<(), Failure> {
    let source = configuration::surroundings();
    let config = configuration::for_a_command(&source)?;
    let from = copying::read(&source, &config.database, &named("--from", &asked.from)?, Side::From)?;
    let to = copying::read(&source, &config.database, &named("--to", &asked.to)?, Side::To)?;
    if is_one(&from, &to) {
        return Err(Failure::new(Exit::Mistake, "--from and --to name the same database"));
    }
    // Before a target is made for a source that there is not.
    crate::store::schema::status(&from).await?;
    prepare(&to, &Clock::system()).await?;
    let mut bar = Bar(None);
    let copied = copy(&from, &to, |step| bar.hear(step)).await;
    drop(bar);
    let copied = copied?;
    let offline = Offline::open_at(&config, &to, Needs::NOTHING).await?;
    let noted = note_copy(offline.context(), &Offline::visit(), kind(&from)).await;
    offline.close().await;
    noted?;
    tell(&copied, asked.told)
}

/// Parsed here and not by clap, which would repeat what it refuses, with the password in it.
fn named(flag: &str, text: &str) -> Result<Named, Failure> {
    Named::parse(text).map_err(|why| Failure::new(Exit::Mistake, format!("{flag}: {why}")))
}

fn kind(settings: &DatabaseSettings) -> &'static str {
    match settings.target {
        Target::Sqlite { .. } => "sqlite",
        Target::MySql(_) => "mysql",
        Target::Postgres(_) => "postgres",
    }
}

fn is_one(from: &DatabaseSettings, to: &DatabaseSettings) -> bool {
    match (&from.target, &to.target) {
        (Target::Sqlite { path: from }, Target::Sqlite { path: to }) => {
            from == to || from.canonicalize().is_ok_and(|from| to.canonicalize().is_ok_and(|to| from == to))
        }
        (Target::MySql(from), Target::MySql(to)) | (Target::Postgres(from), Target::Postgres(to)) => {
            (&from.host, from.port, &from.database) == (&to.host, to.port, &to.database)
        }
        (Target::Sqlite { .. } | Target::MySql(_) | Target::Postgres(_), _) => false,
    }
}

fn tell(copied: &[Copied], told: Output) -> Result<(), Failure> {
    for Copied { table, rows, digest } in copied {
        let digest = hex(digest);
        told.tell(&json!({ "table": table, "rows": rows, "digest": digest }), format_args!("{table}: {rows} rows"))?;
    }
    let rows: u64 = copied.iter().map(|table| table.rows).sum();
    told.remark(format_args!("{} tables with {rows} rows: the same in both", copied.len()))
}

struct Bar(Option<Progress>);

impl Bar {
    fn hear(&mut self, step: Step) {
        match (step, &self.0) {
            (Step::Rows(rows), _) => self.0 = Some(Progress::counted("copying", rows)),
            (Step::Begun(table), Some(bar)) => bar.part(table),
            (Step::Done(rows), Some(bar)) => bar.advance(rows),
            (Step::Begun(_) | Step::Done(_), None) => {}
        }
    }
}

impl From<CopyError> for Failure {
    fn from(error: CopyError) -> Self {
        let text = error.to_string();
        let (exit, hint) = match error {
            CopyError::Schema(cause) => return cause.into(),
            CopyError::Store(cause) => return cause.into(),
            CopyError::Behind { .. } => (Exit::Schema, "bring it there with `keystead db upgrade` first"),
            CopyError::NotEmpty { .. } => {
                (Exit::Conflict, "name an empty database; not even `keystead db init` is to be run on it before")
            }
            CopyError::Read { .. } => (Exit::Failure, "the target is as empty as before"),
            CopyError::Write { .. } | CopyError::Differs { .. } => {
                (Exit::Failure, "the target does not take what the source holds, and is as empty as before")
            }
        };
        Self::new(exit, text).hint(hint)
    }
}
