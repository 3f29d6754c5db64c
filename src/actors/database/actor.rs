//! The handlers.

use std::sync::Arc;

use actix::{Actor, ActorContext, AsyncContext, Context, Handler, ResponseFuture};

use super::clock_offset::{self, ClockSync};
use super::messages::{Run, TellLoad};
use crate::actors::door::{Admitted, Refused};
use crate::domain::clock::Clock;
use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::load::StoreLoad;
use crate::store::query::Outcome;

pub struct Database {
    store: Store,
    clock: Clock,
    sync: Arc<ClockSync>,
}

impl Database {
    pub(super) fn new(store: Store, clock: Clock, sync: Arc<ClockSync>) -> Self {
        Self { store, clock, sync }
    }

    /// In a task of its own: a database that hangs must not hold up the next tick.
    fn measure_clock(&self) {
        tokio::spawn(clock_offset::measure(self.store.clone(), self.clock.clone(), Arc::clone(&self.sync)));
    }
}

impl Actor for Database {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.measure_clock();
        // actix keeps an actor alive for its interval's sake; one that nobody can reach any more has nothing to do.
        ctx.run_interval(
            clock_offset::PACE,
            |actor, ctx| if ctx.connected() { actor.measure_clock() } else { ctx.stop() },
        );
        ctx.run_interval(clock_offset::FIRST_PACE, |actor, _| {
            if !actor.sync.is_measured() {
                actor.measure_clock();
            }
        });
    }
}

impl Handler<Admitted<Run>> for Database {
    type Result = ResponseFuture<Result<Result<Outcome, StoreError>, Refused>>;

    fn handle(&mut self, unit: Admitted<Run>, _: &mut Self::Context) -> Self::Result {
        let store = self.store.clone();
        unit.spawn(|Run(unit), deadline| async move { store.run_unit(unit, deadline).await })
    }
}

impl Handler<Admitted<TellLoad>> for Database {
    type Result = ResponseFuture<Result<StoreLoad, Refused>>;

    fn handle(&mut self, asked: Admitted<TellLoad>, _: &mut Self::Context) -> Self::Result {
        let store = self.store.clone();
        asked.spawn(|TellLoad, _| async move { store.load() })
    }
}
