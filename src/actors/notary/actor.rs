//! The handler and the schedule.

use std::sync::Arc;

use actix::fut::{ActorFutureExt, wrap_future};
use actix::{Actor, ActorContext, AsyncContext, Context, Handler, ResponseFuture};
use uuid::Uuid;

use super::INTERVAL;
use super::messages::SealOnce;
use super::round::{self, NotaryError, Sealed};
use crate::actors::database::DatabaseDoor;
use crate::actors::door::{Admitted, Refused};
use crate::actors::sealing::Sealer;

pub struct Notary {
    /// Who holds the lease when this node seals.
    node: Uuid,
    database: DatabaseDoor,
    sealer: Arc<Sealer>,
    is_sealing: bool,
}

impl Notary {
    pub(super) fn new(node: Uuid, database: DatabaseDoor, sealer: Arc<Sealer>) -> Self {
        Self { node, database, sealer, is_sealing: false }
    }

    fn seal(&self) -> impl Future<Output = Result<Sealed, NotaryError>> + Send + 'static {
        round::seal(self.node, self.database.clone(), Arc::clone(&self.sealer))
    }

    fn tick(&mut self, ctx: &mut Context<Self>) {
        if !ctx.connected() {
            ctx.stop();
        }
        if self.is_sealing {
            return;
        }
        self.is_sealing = true;
        let task = tokio::spawn(self.seal());
        ctx.spawn(wrap_future::<_, Self>(task).map(|sealed, actor, _| {
            actor.is_sealing = false;
            match sealed {
                Ok(Ok(Sealed { events: 0, .. })) => {}
                Ok(Ok(sealed)) => tracing::debug!(?sealed, "sealed"),
                Ok(Err(cause)) => tracing::warn!(%cause, "the audit trail will be sealed later"),
                Err(cause) => tracing::error!(%cause, "sealing panicked"),
            }
        }));
    }
}

impl Actor for Notary {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(INTERVAL, Self::tick);
    }
}

impl Handler<Admitted<SealOnce>> for Notary {
    type Result = ResponseFuture<Result<Result<Sealed, NotaryError>, Refused>>;

    fn handle(&mut self, asked: Admitted<SealOnce>, _: &mut Self::Context) -> Self::Result {
        let seal = self.seal();
        asked.spawn(|SealOnce, _| seal)
    }
}

#[cfg(feature = "broken-controls")]
crate::actors::door::panics_on_purpose!(Notary);
