//! The house without a server: what sub-commands work through.

use std::sync::Arc;
use std::time::Duration;

use super::exit::{Exit, Failure};
use super::schema_state::{self, SchemaState};
use super::{configuration, node};
use crate::actors::database::DatabaseDoor;
use crate::actors::house::{House, OfflineNeeds, StartError};
use crate::actors::issuer;
use crate::config::Config;
use crate::config::database::DatabaseSettings;
use crate::domain::clock::{Clock, Deadline};
use crate::flows::{Context, Visit};
use crate::store::Store;

/// For one unit of work or a few; the door allows two seconds each.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a command needs beside the database, the clock and `SECRET_KEY`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// To hash or to check passwords.
    pub hasher: bool,
    /// To make or to rotate signing keys, or to issue tokens.
    pub issuer: bool,
}

impl Needs {
    pub const NOTHING: Self = Self { hasher: false, issuer: false };
    pub const HASHER: Self = Self { hasher: true, issuer: false };
    pub const ISSUER: Self = Self { hasher: false, issuer: true };
}

pub struct Offline {
    context: Context,
    store: Store,
}

impl Offline {
    /// The way of most commands: reads the configuration, opens, does the work, and closes however that ended.
    pub async fn with<T>(needs: Needs, work: impl AsyncFnOnce(&Self) -> Result<T, Failure>) -> Result<T, Failure> {
        let config = configuration::for_a_command(&configuration::surroundings())?;
        let offline = Self::open(&config, needs).await?;
        let done = work(&offline).await;
        offline.close().await;
        done
    }

    /// Opens the doors that are needed, over a database whose schema is not behind. The others are shut.
    pub async fn open(config: &Config, needs: Needs) -> Result<Self, Failure> {
        Self::open_at(config, &config.database, needs).await
    }

    /// The same over another database than the configuration's. Refused where its keys are sealed under another
    /// `SECRET_KEY`: what was sealed here (mail, invitations, second factors) nobody could open.
    pub async fn open_at(config: &Config, database: &DatabaseSettings, needs: Needs) -> Result<Self, Failure> {
        let offline = Self::open_with_any_key(config, database, needs).await?;
        let house = &offline.context.house;
        match issuer::check_root(&house.sealer, &house.database, Self::deadline()).await {
            Ok(()) => Ok(offline),
            Err(cause) => {
                offline.close().await;
                Err(StartError::from(cause).into())
            }
        }
    }

    /// For what seals nothing, and says by itself whether the key is the right one.
    pub async fn open_with_any_key(
        config: &Config,
        database: &DatabaseSettings,
        needs: Needs,
    ) -> Result<Self, Failure> {
        let sealer = node::sealer(config)
            .map_err(|cause| Failure::new(Exit::Mistake, format!("SECRET_KEY cannot be used: {cause}")))?;
        match schema_state::of(database).await?.0 {
            SchemaState::Current => {}
            SchemaState::Behind { at } => {
                return Err(schema_state::behind(at, "`keystead db upgrade` brings it there"));
            }
            SchemaState::Ahead { at } => tracing::warn!("{}", schema_state::ahead(at)),
        }
        let clock = Clock::system();
        let store = Store::open(database, clock.clone()).await?;
        let public_url = config.server.public_url_on(&config.server.listen);
        let needs = OfflineNeeds {
            hasher: needs.hasher.then(|| node::hasher_settings(&config.hashing)),
            issuer: needs.issuer.then(|| node::issuer_settings(config, &public_url)),
        };
        let house = House::offline(needs, store.clone(), Arc::new(sealer), clock).await?;
        Ok(Self { context: Context { house, rules: node::rules(config, &public_url) }, store })
    }

    /// For flows, as a server has it.
    pub fn context(&self) -> &Context {
        &self.context
    }

    pub fn database(&self) -> &DatabaseDoor {
        &self.context.house.database
    }

    pub fn clock(&self) -> &Clock {
        &self.context.house.clock
    }

    /// Of a command: it comes from nowhere, and there is no node. Each flow gets one of its own, since time runs.
    pub fn visit() -> Visit {
        Visit::until(Self::deadline())
    }

    pub fn deadline() -> Deadline {
        Deadline::within(PATIENCE)
    }

    pub async fn close(self) {
        self.context.house.drain().await;
        self.store.close().await;
    }
}
