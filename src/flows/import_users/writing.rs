//! One batch is written while the next is judged.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

use super::courtesy::Courtesy;
use super::{Batch, NotImported, PATIENCE, Rejected};
use crate::actors::database::{DatabaseDoor, DatabaseError};
use crate::domain::audit_event::NewEvent;
use crate::domain::clock::Deadline;
use crate::flows::cause::Cause;
use crate::store::foreign_writes::ForeignWrites;
use crate::store::imported_users::{FindHolders, ImportUsers, Imported, NewRecord};

/// Runs of a unit when the database does not answer in time: a disk that is busy copying the log, a server that fails over.
const RUNS: u32 = 5;
const PAUSE: Duration = Duration::from_secs(1);

/// Where rows go.
pub(super) struct Writing {
    database: DatabaseDoor,
    /// Nothing is written, and holders are looked for all the same.
    check: bool,
    courtesy: Courtesy,
    under_way: Option<UnderWay>,
}

/// A batch that is being written.
struct UnderWay {
    task: JoinHandle<Result<Written, Cause>>,
    judged: Judged,
}

/// What is known of a batch before it is written: which rows are for nobody, and the line and name of each of the others.
pub(super) struct Judged {
    pub(super) rejected: Vec<Rejected>,
    pub(super) kept: Vec<(u64, String)>,
}

struct Written {
    imported: Imported,
    took: Duration,
    foreign: i64,
}

impl Writing {
    pub(super) fn new(database: DatabaseDoor, check: bool) -> Self {
        Self { database, check, courtesy: Courtesy::new(), under_way: None }
    }

    pub(super) fn rows_at_once(&self) -> usize {
        self.courtesy.rows()
    }

    /// Begins with a batch once the one before is written, and says what became of that.
    pub(super) async fn take(
        &mut self,
        judged: Judged,
        records: Vec<NewRecord>,
        event: NewEvent,
    ) -> Result<Batch, Cause> {
        let before = self.written().await?;
        let (database, check, rest) = (self.database.clone(), self.check, self.courtesy.rest());
        let task = tokio::spawn(async move {
            tokio::time::sleep(rest).await;
            write(&database, check, Arc::new(records), event).await
        });
        self.under_way = Some(UnderWay { task, judged });
        Ok(before)
    }

    /// What became of the batch that was taken last, when it is written.
    pub(super) async fn written(&mut self) -> Result<Batch, Cause> {
        let Some(UnderWay { task, judged: Judged { mut rejected, kept } }) = self.under_way.take() else {
            return Ok(Batch::default());
        };
        let written = task.await.map_err(|died| Cause::Defect(died.to_string()))??;
        self.courtesy.after(written.took, written.foreign, Instant::now());
        let Imported { imported, there, of_two } = written.imported;
        let of_two = of_two.iter().filter_map(|at| kept.get(*at));
        rejected.extend(of_two.map(|(line, name)| Rejected {
            line: *line,
            name: Some(name.clone()),
            why: NotImported::OfTwo,
        }));
        rejected.sort_by_key(|one| one.line);
        Ok(Batch { imported, there, rejected })
    }
}

/// A unit that was not answered in time may have happened: the next run finds it by its event.
async fn write(
    database: &DatabaseDoor,
    check: bool,
    rows: Arc<Vec<NewRecord>>,
    event: NewEvent,
) -> Result<Written, Cause> {
    let mut run = 1;
    loop {
        match write_once(database, check, &rows, &event).await.map_err(Cause::from) {
            Err(cause @ (Cause::Overloaded(_) | Cause::DatabaseAway(_))) if run < RUNS => {
                tracing::warn!(%cause, "a batch is written anew");
                tokio::time::sleep(PAUSE).await;
                run += 1;
            }
            done => return done,
        }
    }
}

async fn write_once(
    database: &DatabaseDoor,
    check: bool,
    rows: &Arc<Vec<NewRecord>>,
    event: &NewEvent,
) -> Result<Written, DatabaseError> {
    let began = Instant::now();
    let imported = if check {
        database.run(FindHolders(Arc::clone(rows)), Deadline::within(PATIENCE)).await?
    } else {
        let import = ImportUsers { rows: Arc::clone(rows), event: event.clone() };
        database.run(import, Deadline::within(PATIENCE)).await?
    };
    let took = began.elapsed();
    let foreign = database.run(ForeignWrites, Deadline::within(PATIENCE)).await?;
    Ok(Written { imported, took, foreign })
}
