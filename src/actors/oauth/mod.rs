//! The `oauth` actor: owns the way out to the providers that people sign in with, their metadata and their keys.
//!
//! It promises that a provider that is slow, down or hostile holds up nobody but those who sign in with it: so many wait
//! for each at once, five seconds and 256 KiB an answer, no redirects, and no address that is not out in the open. What it
//! answers about somebody was checked as far as the provider's kind allows. It keeps no token, and decides about no
//! account: that is for flows.

mod about;
mod actor;
mod addresses;
mod cached;
mod error;
mod github;
mod id_token;
mod messages;
mod openid;
mod outgoing;
mod provider;
mod tokens;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, Handler};
use url::Url;

use self::actor::Oauth;
pub use self::addresses::{Lookup, SystemLookup};
pub use self::cached::Pace;
pub use self::error::OauthError;
use self::messages::At;
pub use self::messages::{Account, Asked, Redeem};
use self::outgoing::Outgoing;
use self::provider::Provider;
use super::door::{Admitted, Door, DoorLoad, Refused, Request, Tally};
use crate::config::oauth::{OauthSettings as Configured, ProviderSettings};
use crate::domain::clock::{Clock, Deadline};
use crate::domain::provider::ProviderName;

/// For a sign-in's part at the provider, with all requests that it takes.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Clone)]
pub struct OauthSettings {
    pub providers: Vec<ProviderSettings>,
    pub allow_private_networks: bool,
    pub patience: Duration,
    pub pace: Pace,
    pub lookup: Arc<dyn Lookup>,
}

impl OauthSettings {
    /// What was configured, at the usual pace.
    pub fn of(configured: &Configured) -> Self {
        Self {
            providers: configured.providers.clone(),
            allow_private_networks: configured.allow_private_networks,
            patience: PATIENCE,
            pace: Pace::default(),
            lookup: Arc::new(SystemLookup),
        }
    }
}

/// The actor cannot start.
#[derive(Debug, thiserror::Error)]
pub enum OauthStartError {
    /// Without them nobody's certificate could be checked.
    #[error("the system's certificate authorities cannot be read: {0}")]
    Certificates(String),
}

/// A provider as people see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    pub name: ProviderName,
    pub display_name: String,
}

/// The way to the actor. Without providers there is one too, and nobody behind it knows any.
#[derive(Clone)]
pub struct OauthDoor {
    /// `None` without providers.
    door: Option<Door<Oauth>>,
    providers: Arc<BTreeMap<ProviderName, Arc<Provider>>>,
    patience: Duration,
}

impl OauthDoor {
    /// All that people may sign in with, sorted by name.
    pub fn providers(&self) -> Vec<Offered> {
        let offered = |provider: &Arc<Provider>| Offered {
            name: provider.name.clone(),
            display_name: provider.display_name.clone(),
        };
        self.providers.values().map(offered).collect()
    }

    /// Where the browser goes to sign in. Asks the provider for its metadata, if they are not known.
    ///
    /// # Errors
    /// [`OauthError`].
    pub async fn authorize(
        &self,
        provider: &ProviderName,
        asked: Asked,
        deadline: Deadline,
    ) -> Result<Url, OauthError> {
        self.ask(provider, asked, deadline).await?
    }

    /// Who it is that came back with a code. The state was checked before, by whoever kept it.
    ///
    /// # Errors
    /// [`OauthError`]; the code cannot be tried again.
    pub async fn redeem(
        &self,
        provider: &ProviderName,
        redeem: Redeem,
        deadline: Deadline,
    ) -> Result<Account, OauthError> {
        self.ask(provider, redeem, deadline).await?
    }

    async fn ask<M>(
        &self,
        provider: &ProviderName,
        message: M,
        deadline: Deadline,
    ) -> Result<<At<M> as Request>::Reply, OauthError>
    where
        At<M>: Request,
        Oauth: Handler<Admitted<At<M>>>,
    {
        let provider = self.providers.get(provider).ok_or(OauthError::UnknownProvider)?;
        let door = self.door.as_ref().ok_or(OauthError::UnknownProvider)?;
        let place = Arc::clone(&provider.places).try_acquire_owned().map_err(|_| door.turn_away(Refused::Busy))?;
        let message = At { provider: Arc::clone(provider), message, place };
        Ok(door.ask(message, deadline.at_most(self.patience)).await?)
    }

    pub fn is_open(&self) -> bool {
        self.door.as_ref().is_none_or(Door::is_open)
    }

    /// `None` without providers.
    pub fn tally(&self) -> Option<&Tally> {
        self.door.as_ref().map(Door::tally)
    }

    /// `None`: no provider is configured.
    pub fn load(&self) -> Option<DoorLoad> {
        self.door.as_ref().map(Door::load)
    }

    pub async fn drain(&self) {
        if let Some(door) = &self.door {
            door.drain().await;
        }
    }

    /// For tests: a request whose work panics.
    #[cfg(feature = "broken-controls")]
    pub async fn panic_on_purpose(&self) -> Result<(), Refused> {
        match &self.door {
            Some(door) => door.ask(super::door::PanicOnPurpose, Deadline::within(PATIENCE)).await,
            None => Err(Refused::Panicked),
        }
    }
}

/// For a command: it knows no provider.
pub fn shut() -> OauthDoor {
    OauthDoor { door: None, providers: Arc::default(), patience: PATIENCE }
}

/// Starts the actor, unless there is nobody to ask. No provider is asked for anything yet.
///
/// # Errors
/// [`OauthStartError`].
pub fn start(settings: OauthSettings, clock: Clock) -> Result<OauthDoor, OauthStartError> {
    let OauthSettings { providers, allow_private_networks, patience, pace, lookup } = settings;
    let known = |one: ProviderSettings| (one.name.clone(), Arc::new(Provider::new(one, pace)));
    let providers: BTreeMap<_, _> = providers.into_iter().map(known).collect();
    if providers.is_empty() {
        return Ok(OauthDoor { door: None, providers: Arc::new(providers), patience });
    }
    let outgoing = Outgoing::new(lookup, allow_private_networks);
    let outgoing = outgoing.map_err(|error| OauthStartError::Certificates(format!("{error:?}")))?;
    let addr = Oauth::new(outgoing, clock).start();
    // Never full before each provider is: they do not take each other's places. One more for tests' panics.
    let places = u32::try_from(providers.len()).unwrap_or(u32::MAX).saturating_mul(provider::PLACES.into());
    let door = Door::new(addr, places.saturating_add(1), patience);
    Ok(OauthDoor { door: Some(door), providers: Arc::new(providers), patience })
}
