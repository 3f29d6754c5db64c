//! The handlers and the schedule.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::fut::{ActorFutureExt, wrap_future};
use actix::{Actor, ActorContext, AsyncContext, Context, Handler, ResponseFuture};

use super::freshness::Freshness;
use super::messages::ReadNow;
use super::reading::{self, Reach};
use super::set::RevocationSet;
use crate::actors::database::{DatabaseDoor, DatabaseError};
use crate::actors::door::{Admitted, Refused};
use crate::domain::clock::Clock;

/// Four readings in the second that is promised: two may fail.
const PACE: Duration = Duration::from_millis(250);
/// The whole log is read this often, in case a row became visible later than anybody thinks possible.
const WHOLE_LOG_EVERY: Duration = Duration::from_mins(1);

pub struct RevocationLog {
    database: DatabaseDoor,
    clock: Clock,
    set: Arc<RevocationSet>,
    freshness: Arc<Freshness>,
    /// A reading is under way; the next tick waits for it.
    is_reading: bool,
    /// When the whole log was last read, and so from when on recent readings are enough.
    whole_log_read_at: Option<Instant>,
}

impl RevocationLog {
    pub(super) fn new(
        database: DatabaseDoor,
        clock: Clock,
        set: Arc<RevocationSet>,
        freshness: Arc<Freshness>,
    ) -> Self {
        Self { database, clock, set, freshness, is_reading: false, whole_log_read_at: None }
    }

    fn tick(&mut self, ctx: &mut Context<Self>) {
        if !ctx.connected() {
            ctx.stop();
        }
        if self.is_reading {
            return;
        }
        let recent_is_enough = self.whole_log_read_at.is_some_and(|at| at.elapsed() < WHOLE_LOG_EVERY);
        let reach = if recent_is_enough { Reach::Recent } else { Reach::WholeLog };
        self.is_reading = true;
        // A task of its own, on any thread; if it panics, that is one failed reading.
        let task = tokio::spawn(self.read(reach));
        ctx.spawn(wrap_future::<_, Self>(task).map(move |read, actor, _| {
            actor.is_reading = false;
            match read {
                Ok(Ok(())) if reach == Reach::WholeLog => actor.whole_log_read_at = Some(Instant::now()),
                Ok(Ok(())) => {}
                // A gap longer than the overlap may hide a row, so the whole log is read once the database is back.
                Ok(Err(cause)) => {
                    tracing::warn!(%cause, "the revocations could not be read");
                    actor.whole_log_read_at = None;
                }
                Err(cause) => tracing::error!(%cause, "reading the revocations panicked"),
            }
        }));
    }

    fn read(&self, reach: Reach) -> impl Future<Output = Result<(), DatabaseError>> + Send + 'static {
        let (database, clock) = (self.database.clone(), self.clock.clone());
        let (set, freshness) = (Arc::clone(&self.set), Arc::clone(&self.freshness));
        async move { reading::read(reach, &database, &clock, &set, &freshness).await }
    }
}

impl Actor for RevocationLog {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.tick(ctx);
        ctx.run_interval(PACE, Self::tick);
    }
}

impl Handler<Admitted<ReadNow>> for RevocationLog {
    type Result = ResponseFuture<Result<Result<(), DatabaseError>, Refused>>;

    fn handle(&mut self, asked: Admitted<ReadNow>, _: &mut Self::Context) -> Self::Result {
        let reading = self.read(Reach::WholeLog);
        asked.spawn(|ReadNow, _| reading)
    }
}

#[cfg(feature = "broken-controls")]
crate::actors::door::panics_on_purpose!(RevocationLog);
