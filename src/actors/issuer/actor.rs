//! The handlers and the schedule.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::{Actor, ActorContext, AsyncContext, Context, Handler, ResponseFuture};
use arc_swap::ArcSwap;

use super::keeping::Keeper;
use super::messages::{MintForClient, MintForSession, Minted, MintedForSession, ReadKeys, RotateKeys, Rotated};
use super::minting::Mint;
use super::ring::KeyRing;
use super::{IssuerError, IssuerSettings};
use crate::actors::door::{Admitted, Refused};
use crate::domain::clock::{Clock, Deadline};

/// A new signing key is published ten minutes before it signs; seconds are soon enough.
const READ_KEYS_EVERY: Duration = Duration::from_secs(5);
/// Tokens with unknown key ids are free to make up, so they do not decide how often the database is asked.
const READ_KEYS_AT_MOST_EVERY: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(2);

pub struct Issuer {
    mint: Arc<Mint>,
    keeper: Arc<Keeper>,
    ring: Arc<ArcSwap<KeyRing>>,
    read_at: Option<Instant>,
}

impl Issuer {
    pub(super) fn new(
        settings: IssuerSettings,
        keeper: Arc<Keeper>,
        ring: Arc<ArcSwap<KeyRing>>,
        clock: Clock,
    ) -> Self {
        Self { mint: Arc::new(Mint::new(settings, clock)), keeper, ring, read_at: None }
    }

    fn read_keys(&self) -> impl Future<Output = Result<(), IssuerError>> + Send + 'static {
        let (keeper, ring) = (Arc::clone(&self.keeper), Arc::clone(&self.ring));
        async move {
            ring.store(Arc::new(keeper.read(Deadline::within(PATIENCE)).await?));
            Ok(())
        }
    }
}

impl Actor for Issuer {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(READ_KEYS_EVERY, |actor, ctx| {
            if !ctx.connected() {
                return ctx.stop();
            }
            let reading = actor.read_keys();
            // In a task of its own; what fails or panics there leaves the keys as they are until the next time.
            tokio::spawn(async move {
                if let Err(cause) = reading.await {
                    tracing::warn!(%cause, "the keys could not be read");
                }
            });
        });
    }
}

impl Handler<Admitted<MintForSession>> for Issuer {
    type Result = ResponseFuture<Result<Result<MintedForSession, IssuerError>, Refused>>;

    fn handle(&mut self, asked: Admitted<MintForSession>, _: &mut Self::Context) -> Self::Result {
        let (mint, ring) = (Arc::clone(&self.mint), self.ring.load_full());
        asked.spawn(|request, _| async move { mint.for_session(&request, &ring) })
    }
}

impl Handler<Admitted<MintForClient>> for Issuer {
    type Result = ResponseFuture<Result<Result<Minted, IssuerError>, Refused>>;

    fn handle(&mut self, asked: Admitted<MintForClient>, _: &mut Self::Context) -> Self::Result {
        let (mint, ring) = (Arc::clone(&self.mint), self.ring.load_full());
        asked.spawn(|request, _| async move { mint.for_client(&request, &ring) })
    }
}

impl Handler<Admitted<ReadKeys>> for Issuer {
    type Result = ResponseFuture<Result<Result<(), IssuerError>, Refused>>;

    fn handle(&mut self, asked: Admitted<ReadKeys>, _: &mut Self::Context) -> Self::Result {
        if self.read_at.is_some_and(|at| at.elapsed() < READ_KEYS_AT_MOST_EVERY) {
            return asked.spawn(|ReadKeys, _| async { Ok(()) });
        }
        self.read_at = Some(Instant::now());
        let reading = self.read_keys();
        asked.spawn(|ReadKeys, _| reading)
    }
}

impl Handler<Admitted<RotateKeys>> for Issuer {
    type Result = ResponseFuture<Result<Result<Rotated, IssuerError>, Refused>>;

    fn handle(&mut self, asked: Admitted<RotateKeys>, _: &mut Self::Context) -> Self::Result {
        let (keeper, ring) = (Arc::clone(&self.keeper), Arc::clone(&self.ring));
        asked.spawn(|RotateKeys(told), deadline| async move {
            let rotated = keeper.rotate(told, deadline).await?;
            ring.store(Arc::new(keeper.read(deadline).await?));
            Ok(rotated)
        })
    }
}

#[cfg(feature = "broken-controls")]
crate::actors::door::panics_on_purpose!(Issuer);
