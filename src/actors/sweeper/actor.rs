//! The handler and the schedule.

use actix::fut::{ActorFutureExt, wrap_future};
use actix::{Actor, ActorContext, AsyncContext, Context, Handler, ResponseFuture};
use uuid::Uuid;

use super::messages::SweepOnce;
use super::round::{self, Report, SweepError};
use super::{AuditRetention, SweepSettings};
use crate::actors::database::DatabaseDoor;
use crate::actors::door::{Admitted, Refused};
use crate::domain::clock::Clock;

pub struct Sweeper {
    settings: SweepSettings,
    audit: Option<AuditRetention>,
    database: DatabaseDoor,
    clock: Clock,
    /// Who holds the lease when this node sweeps.
    node: Uuid,
    is_sweeping: bool,
}

impl Sweeper {
    pub(super) fn new(
        settings: SweepSettings,
        audit: Option<AuditRetention>,
        node: Uuid,
        database: DatabaseDoor,
        clock: Clock,
    ) -> Self {
        Self { settings, audit, database, clock, node, is_sweeping: false }
    }

    fn sweep(&self) -> impl Future<Output = Result<Report, SweepError>> + Send + 'static {
        round::sweep(self.settings, self.audit.clone(), self.node, self.database.clone(), self.clock.clone())
    }

    fn tick(&mut self, ctx: &mut Context<Self>) {
        if !ctx.connected() {
            ctx.stop();
        }
        if self.is_sweeping {
            return;
        }
        self.is_sweeping = true;
        let task = tokio::spawn(self.sweep());
        ctx.spawn(wrap_future::<_, Self>(task).map(|swept, actor, _| {
            actor.is_sweeping = false;
            match swept {
                Ok(Ok(report)) => tracing::debug!(?report, "swept"),
                Ok(Err(cause)) => tracing::warn!(%cause, "the sweep will be tried again"),
                Err(cause) => tracing::error!(%cause, "the sweep panicked"),
            }
        }));
    }
}

impl Actor for Sweeper {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(self.settings.interval, Self::tick);
    }
}

impl Handler<Admitted<SweepOnce>> for Sweeper {
    type Result = ResponseFuture<Result<Result<Report, SweepError>, Refused>>;

    fn handle(&mut self, asked: Admitted<SweepOnce>, _: &mut Self::Context) -> Self::Result {
        let sweep = self.sweep();
        asked.spawn(|SweepOnce, _| sweep)
    }
}

#[cfg(feature = "broken-controls")]
crate::actors::door::panics_on_purpose!(Sweeper);
