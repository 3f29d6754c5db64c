//! The `issuer` actor: owns the signing keys and the MAC keys, sealed at rest under `SECRET_KEY`.
//!
//! It promises that nothing is minted without a [`Permit`](crate::domain::standing::Permit) of the gate, that a new
//! signing key is published before it signs, and that a key made by another node is known here within seconds. It
//! publishes a read-only [`ring::KeyRing`], so that verifying needs no message. It does not decide who may have tokens.

mod actor;
pub mod algorithm;
mod cache;
pub mod grants_cache;
pub mod jwt;
mod keeping;
pub mod messages;
mod minting;
pub mod ring;
mod verifying;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix::Actor;
use arc_swap::ArcSwap;
use uuid::Uuid;

use self::actor::Issuer;
use self::algorithm::{Algorithm, KeyError};
use self::grants_cache::GrantsCache;
pub use self::messages::{
    MintForClient, MintForSession, Minted, MintedForSession, Rotated, Rotating, SessionFacts, When,
};
use self::messages::{ReadKeys, RotateKeys};
use self::ring::KeyRing;
pub use self::verifying::VerifiedToken;
use self::verifying::Verifier;
use super::database::{DatabaseDoor, DatabaseError};
use super::door::{Door, DoorLoad, Refused, Tally};
use super::sealing::{Sealer, SealingError};
use crate::domain::clock::{Clock, Deadline};
use crate::domain::device_token::DeviceToken;
use crate::domain::refresh_token::RefreshToken;
use crate::store::keys::FindKeys;

/// Mints inside at once. At 20 µs each (`EdDSA`) this is 10 ms of work on two cores.
const PLACES: u32 = 1_024;
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Clone, Debug, thiserror::Error)]
pub enum IssuerError {
    #[error("the issuer's door: {0}")]
    Door(#[from] Refused),
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error("there is no signing key that is active")]
    NoSigningKey,
    #[error("there is no MAC key, or not the one that a family is pinned to")]
    NoMacKey,
    #[error("a sealed key: {0}")]
    Sealing(#[from] SealingError),
    #[error("a signing key: {0}")]
    Key(#[from] KeyError),
}

/// What tokens say of this installation, and how long they live.
#[derive(Clone, Debug)]
pub struct IssuerSettings {
    pub algorithm: Algorithm,
    pub issuer: String,
    pub audience: String,
    pub access_ttl: Duration,
}

/// The way to the issuer, and to what it publishes.
#[derive(Clone)]
pub struct IssuerDoor {
    door: Door<Issuer>,
    ring: Arc<ArcSwap<KeyRing>>,
    verifier: Arc<Verifier>,
    grants: Arc<GrantsCache>,
    is_looking: Arc<AtomicBool>,
    algorithm: Algorithm,
    clock: Clock,
}

impl IssuerDoor {
    /// # Errors
    /// [`IssuerError`].
    pub async fn mint_for_session(
        &self,
        mint: MintForSession,
        deadline: Deadline,
    ) -> Result<MintedForSession, IssuerError> {
        self.door.ask(mint, deadline).await?
    }

    /// # Errors
    /// [`IssuerError`].
    pub async fn mint_for_client(&self, mint: MintForClient, deadline: Deadline) -> Result<Minted, IssuerError> {
        self.door.ask(mint, deadline).await?
    }

    /// A token that one of these keys made for this audience and that is current. Whether its session has
    /// ended is not asked here. No message, no wait.
    pub fn verify_access_token(&self, token: &str) -> Option<Arc<VerifiedToken>> {
        let verified = self.verifier.verify(token, &self.ring.load());
        if verified.is_none() && self.ring.load().lacks_key_of(token) {
            self.look_for_new_keys();
        }
        verified
    }

    /// A refresh token that one of these keys made. A forged or mistyped one never reaches the database.
    pub fn open_refresh_token(&self, text: &str) -> Option<RefreshToken> {
        let presented = RefreshToken::parse(text).ok()?;
        let ring = self.ring.load();
        let Some(key) = ring.mac_key(presented.mac_key_id()) else {
            self.look_for_new_keys();
            return None;
        };
        presented.verify(key)
    }

    /// A device token that one of these keys made.
    pub fn open_device_token(&self, text: &str) -> Option<DeviceToken> {
        let presented = DeviceToken::parse(text).ok()?;
        let ring = self.ring.load();
        let Some(key) = ring.mac_key(presented.mac_key_id()) else {
            self.look_for_new_keys();
            return None;
        };
        presented.verify(key)
    }

    /// Another node may have made a key a moment ago. Nobody waits for the answer, and one question at a time is enough.
    fn look_for_new_keys(&self) {
        if self.is_looking.swap(true, Ordering::AcqRel) {
            return;
        }
        let (door, is_looking) = (self.door.clone(), Arc::clone(&self.is_looking));
        tokio::spawn(async move {
            if let Err(cause) = door.ask(ReadKeys, Deadline::within(PATIENCE)).await {
                tracing::debug!(%cause, "the keys were not read");
            }
            is_looking.store(false, Ordering::Release);
        });
    }

    /// The MAC key for new families.
    ///
    /// # Errors
    /// [`IssuerError::NoMacKey`].
    pub fn newest_mac_key(&self) -> Result<Uuid, IssuerError> {
        self.ring.load().newest_mac_key().ok_or(IssuerError::NoMacKey)
    }

    /// The public keys, as RFC 7517 has them.
    pub fn jwks(&self) -> Arc<str> {
        self.ring.load().jwks()
    }

    /// The id of the key that signs now, as far as this node knows.
    pub fn signing_kid(&self) -> Option<String> {
        self.ring.load().signing_key(self.algorithm, self.clock.now()).map(|key| key.kid().to_owned())
    }

    /// Makes the next signing key: published at once, and signing once everybody knows it.
    ///
    /// # Errors
    /// [`IssuerError`].
    pub async fn rotate_keys(&self, told: Rotating, deadline: Deadline) -> Result<Rotated, IssuerError> {
        self.door.ask(RotateKeys(told), deadline).await?
    }

    pub fn grants_cache(&self) -> &GrantsCache {
        &self.grants
    }

    /// Reads the keys anew.
    ///
    /// # Errors
    /// [`IssuerError`].
    pub async fn read_keys(&self, deadline: Deadline) -> Result<(), IssuerError> {
        self.door.ask(ReadKeys, deadline).await?
    }

    pub fn is_open(&self) -> bool {
        self.door.is_open()
    }

    pub fn tally(&self) -> &Tally {
        self.door.tally()
    }

    pub fn load(&self) -> DoorLoad {
        self.door.load()
    }

    pub async fn drain(&self) {
        self.door.drain().await;
    }

    /// For tests: a request whose work panics.
    #[cfg(feature = "broken-controls")]
    pub async fn panic_on_purpose(&self) -> Result<(), Refused> {
        self.door.ask(super::door::PanicOnPurpose, Deadline::within(PATIENCE)).await
    }
}

/// For a command that needs no keys: it opens nothing, and mints nothing.
pub fn shut(clock: Clock) -> IssuerDoor {
    IssuerDoor {
        door: Door::shut(),
        ring: Arc::new(ArcSwap::from_pointee(KeyRing::new(Vec::new(), Vec::new()))),
        verifier: Arc::new(Verifier::new(String::new(), String::new(), clock.clone())),
        grants: Arc::default(),
        is_looking: Arc::default(),
        algorithm: Algorithm::EdDsa,
        clock,
    }
}

/// Opens every key that there is and makes none: whether `SECRET_KEY` is the right one. `false`: there is none yet.
///
/// # Errors
/// [`IssuerError`], as [`start`].
pub async fn open_keys(
    settings: &IssuerSettings,
    sealer: Arc<Sealer>,
    database: DatabaseDoor,
    clock: Clock,
    deadline: Deadline,
) -> Result<bool, IssuerError> {
    let keeper = keeping::Keeper::new(settings, sealer, database, clock, Uuid::nil());
    Ok(keeper.read(deadline).await?.newest_mac_key().is_some())
}

/// For a command that opens no keys and may seal something all the same: nobody could open it where the root is another.
///
/// # Errors
/// [`IssuerError`]; `Sealing(WrongKey)` as for [`start`]. Where there are no keys yet, any root is good.
pub async fn check_root(sealer: &Sealer, database: &DatabaseDoor, deadline: Deadline) -> Result<(), IssuerError> {
    let (mac_keys, _) = database.run(FindKeys, deadline).await?;
    let opened = mac_keys.last().map(|row| keeping::open_mac_key(sealer, row));
    match opened {
        Some(Err(cause @ IssuerError::Sealing(SealingError::WrongKey))) => Err(cause),
        // What else may be wrong with a key keeps nobody from their work who needs none.
        Some(_) | None => Ok(()),
    }
}

/// Makes the keys that are missing, reads them all, and starts the actor.
///
/// # Errors
/// [`IssuerError`]; `Sealing(WrongKey)` says that `SECRET_KEY` is not the one under which this database's keys are.
pub async fn start(
    settings: IssuerSettings,
    sealer: Arc<Sealer>,
    database: DatabaseDoor,
    clock: Clock,
    node: Uuid,
    deadline: Deadline,
) -> Result<IssuerDoor, IssuerError> {
    let keeper = keeping::Keeper::new(&settings, sealer, database, clock.clone(), node);
    let ring = Arc::new(ArcSwap::from_pointee(keeper.make_missing_and_read(deadline).await?));
    let verifier = Arc::new(Verifier::new(settings.issuer.clone(), settings.audience.clone(), clock.clone()));
    let algorithm = settings.algorithm;
    let addr = Issuer::new(settings, Arc::new(keeper), Arc::clone(&ring), clock.clone()).start();
    Ok(IssuerDoor {
        door: Door::new(addr, PLACES, PATIENCE),
        ring,
        verifier,
        grants: Arc::default(),
        is_looking: Arc::default(),
        algorithm,
        clock,
    })
}
