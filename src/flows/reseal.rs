//! Everything that was sealed under `SECRET_KEY_PREVIOUS` is sealed under `SECRET_KEY`, beside servers that go on.
//!
//! A value is replaced where it is still what was read, in small units with pauses between them, so it may be cut off at
//! any moment and done again. Servers open both until the previous key is taken from them.

use std::time::{Duration, Instant};

use super::admin::by::By;
use super::cause::Cause;
use super::{Context, Visit};
use crate::actors::sealing::{Purpose, SealingError};
use crate::domain::audit_event::{Action, NewEvent};
use crate::domain::clock::Deadline;
use crate::store::audited::audited;
use crate::store::resealing::{FindSealed, ReplaceSealed, Replacement, SealedColumn, SealedKey, SealedRow};

/// Rows a unit: some 3 ms on SQLite, where nobody else writes in that time.
const PAGE: u16 = 64;
/// The pause after a unit that wrote, as a multiple of what it took.
const REST: u32 = 5;
/// For one unit.
const PATIENCE: Duration = Duration::from_secs(10);
/// Looks at a column: one that moves, one that finds what was written meanwhile, and one that shows that somebody goes on
/// writing under the previous key.
const LOOKS: u32 = 3;

/// What was done to one column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resealed {
    pub table: &'static str,
    /// Values there at the last look.
    pub values: u64,
    pub moved: u64,
    /// Under the previous key at the last look; in a dry run, what would be moved.
    pub left: u64,
    /// Under a third key, or damaged. They were of no use before either.
    pub unreadable: u64,
}

/// `told`: is called with the table and the number of rows after each page.
///
/// # Errors
/// [`Cause`]; what was moved stays moved.
pub async fn reseal(
    context: &Context,
    visit: &Visit,
    by: &By,
    dry_run: bool,
    mut told: impl FnMut(&'static str, u64),
) -> Result<Vec<Resealed>, Cause> {
    let event = visit.event(Action::KeysResealed, by.actor());
    let mut work = Work { context, event: Some(event), dry_run, told: &mut told };
    let mut all = Vec::with_capacity(SealedColumn::ALL.len());
    for column in SealedColumn::ALL {
        let mut done = Resealed { table: column.table(), values: 0, moved: 0, left: 0, unreadable: 0 };
        for _ in 0..LOOKS {
            let look = work.look_at(column).await?;
            (done.values, done.left, done.unreadable) = (look.values, look.old - look.moved, look.unreadable);
            done.moved += look.moved;
            if dry_run || look.old == 0 {
                break;
            }
        }
        all.push(done);
    }
    tracing::info!(event = "keys_resealed", moved = all.iter().map(|done| done.moved).sum::<u64>(), dry_run, %by);
    Ok(all)
}

struct Work<'a> {
    context: &'a Context,
    /// Told with the first unit that changes something.
    event: Option<NewEvent>,
    dry_run: bool,
    told: &'a mut dyn FnMut(&'static str, u64),
}

#[derive(Default)]
struct Look {
    values: u64,
    old: u64,
    moved: u64,
    unreadable: u64,
}

impl Work<'_> {
    async fn look_at(&mut self, column: SealedColumn) -> Result<Look, Cause> {
        let (mut look, mut after) = (Look::default(), column.before_all());
        loop {
            let find = FindSealed { column, after, limit: PAGE };
            let rows = self.context.house.database.run(find, Deadline::within(PATIENCE)).await?;
            let Some(last) = rows.last() else { return Ok(look) };
            after = last.key.clone();
            (self.told)(column.table(), rows.len() as u64);
            let values = self.moved(column, rows, &mut look)?;
            if !values.is_empty() && !self.dry_run {
                look.moved += self.replace(column, values).await?;
            }
        }
    }

    /// What of these rows has to be replaced.
    fn moved(&self, column: SealedColumn, rows: Vec<SealedRow>, look: &mut Look) -> Result<Vec<Replacement>, Cause> {
        let purpose = purpose_of(column);
        let mut values = Vec::new();
        for SealedRow { key, sealed } in rows {
            let Some(old) = sealed else { continue };
            look.values += 1;
            let place = match &key {
                SealedKey::Id(id) => purpose.place(id),
                SealedKey::Kid(kid) => purpose.place(kid),
            };
            match self.context.house.sealer.moved(purpose, &place, &old) {
                Ok(None) => {}
                Ok(Some(new)) => {
                    look.old += 1;
                    values.push(Replacement { key, old, new });
                }
                Err(cause @ (SealingError::WrongKey | SealingError::Corrupt)) => {
                    tracing::warn!(%cause, table = column.table(), ?key, "a sealed value stays as it is");
                    look.unreadable += 1;
                }
                Err(cause @ SealingError::Cipher) => return Err(Cause::Defect(cause.to_string())),
            }
        }
        Ok(values)
    }

    async fn replace(&mut self, column: SealedColumn, values: Vec<Replacement>) -> Result<u64, Cause> {
        let began = Instant::now();
        let event = self.event.clone();
        let unit = audited(ReplaceSealed { column, values }, move |moved| event.clone().filter(|_| *moved > 0));
        let moved = self.context.house.database.run(unit, Deadline::within(PATIENCE)).await?;
        if moved > 0 {
            self.event = None;
        }
        tokio::time::sleep(began.elapsed() * REST).await;
        Ok(moved)
    }
}

fn purpose_of(column: SealedColumn) -> Purpose {
    match column {
        SealedColumn::MacKeys => Purpose::MacKey,
        SealedColumn::SigningKeys => Purpose::SigningKey,
        SealedColumn::TotpSecrets => Purpose::TotpSecret,
        SealedColumn::TokenPayloads => Purpose::TokenPayload,
        SealedColumn::Mails => Purpose::Mail,
    }
}
