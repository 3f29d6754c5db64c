//! The keys in the database: making those that are missing, and opening them all.

use std::sync::Arc;

use std::time::Duration;

use uuid::Uuid;

use super::algorithm::{Algorithm, KeyError, generate};
use super::jwt::{SigningKey, VerifyingKey};
use super::messages::{Rotated, Rotating, When};
use super::ring::{KeyRing, RingKey};
use super::{IssuerError, IssuerSettings};
use crate::actors::database::DatabaseDoor;
use crate::actors::sealing::{Purpose, Sealer};
use crate::domain::audit_event::{Action, Actor, NewEvent};
use crate::domain::clock::{Clock, Deadline, Timestamp};
use crate::domain::mac_key::MacKey;
use crate::store::audited::audited;
use crate::store::keys::{AddMacKey, AddSigningKey, FindKeys, MacKeyRow, RotateSigningKey, SigningKeyRow};
use crate::store::leases::{Lease, ReleaseLease, TakeLease};

/// Under this lease one node makes keys; the others wait and then find them.
const KEY_MAKING: &str = "key_making";
const LEASE_TTL: Duration = Duration::from_secs(15);
const LEASE_POLL: Duration = Duration::from_millis(100);
/// A key is published this long before it signs, so that whoever keeps the JWKS for five minutes knows it in time.
const PUBLISHED_BEFORE_ACTIVE: Duration = Duration::from_mins(10);
/// A key that was replaced verifies for so much longer than the last token that it signed lives: tokens are accepted with
/// five seconds of leeway, nodes' clocks differ by two, and a node that reads the keys every five may sign with it until
/// it has.
const KEPT_LONGER: Duration = Duration::from_mins(1);

pub(super) struct Keeper {
    algorithm: Algorithm,
    /// How long the tokens live that the keys sign.
    access_ttl: Duration,
    sealer: Arc<Sealer>,
    database: DatabaseDoor,
    clock: Clock,
    /// For the audit trail.
    node: Uuid,
}

impl Keeper {
    pub(super) fn new(
        settings: &IssuerSettings,
        sealer: Arc<Sealer>,
        database: DatabaseDoor,
        clock: Clock,
        node: Uuid,
    ) -> Self {
        Self { algorithm: settings.algorithm, access_ttl: settings.access_ttl, sealer, database, clock, node }
    }

    pub(super) async fn read(&self, deadline: Deadline) -> Result<KeyRing, IssuerError> {
        let (mac_keys, signing_keys) = self.database.run(FindKeys, deadline).await?;
        let mac_keys = mac_keys.iter().map(|row| open_mac_key(&self.sealer, row)).collect::<Result<_, _>>()?;
        let now = self.clock.now();
        let live = signing_keys.iter().filter(|row| row.retired_at.is_none_or(|at| at > now));
        let keys = live.map(|row| self.open_signing_key(row)).collect::<Result<_, _>>()?;
        Ok(KeyRing::new(keys, mac_keys))
    }

    /// On a database that has its keys this is one read.
    pub(super) async fn make_missing_and_read(&self, deadline: Deadline) -> Result<KeyRing, IssuerError> {
        if self.is_complete(deadline).await? {
            return self.read(deadline).await;
        }
        let lease = self.take_lease(deadline).await?;
        let made = Box::pin(self.make_missing(deadline)).await;
        self.database.run(ReleaseLease { name: KEY_MAKING, lease }, deadline).await?;
        made?;
        self.read(deadline).await
    }

    async fn take_lease(&self, deadline: Deadline) -> Result<Lease, IssuerError> {
        let holder = Uuid::now_v7();
        let take = || TakeLease { name: KEY_MAKING, holder, ttl: LEASE_TTL };
        loop {
            match self.database.run(take(), deadline).await? {
                Some(lease) => return Ok(lease),
                None if deadline.has_passed() => return Err(IssuerError::NoSigningKey),
                None => tokio::time::sleep(LEASE_POLL).await,
            }
        }
    }

    /// Makes the next signing key, which is published now and signs later, and says of the others when they go. Where one
    /// is waiting already it is that one: whoever did not hear the answer asks again, and nobody fills the table. At once:
    /// one that was made for it, since nobody knows which of those that are there was stolen.
    pub(super) async fn rotate(&self, told: Rotating, deadline: Deadline) -> Result<Rotated, IssuerError> {
        let lease = self.take_lease(deadline).await?;
        let rotated = self.find_waiting_or_make(told, deadline).await;
        self.database.run(ReleaseLease { name: KEY_MAKING, lease }, deadline).await?;
        rotated
    }

    async fn find_waiting_or_make(&self, told: Rotating, deadline: Deadline) -> Result<Rotated, IssuerError> {
        let (_, signing_keys) = self.database.run(FindKeys, deadline).await?;
        let now = self.clock.now();
        let at_once = told.when == When::AtOnce;
        let waiting = signing_keys.into_iter().find(|row| self.is_of_our_algorithm(row) && row.active_from > now);
        if let Some(row) = waiting.filter(|_| !at_once) {
            return Ok(Rotated { kid: row.id, is_new: false });
        }
        let active_from = if at_once { now } else { now.plus(PUBLISHED_BEFORE_ACTIVE) };
        let key = self.new_signing_key(now, active_from)?;
        let kid = key.id.clone();
        let others_retire_at = if at_once { now } else { active_from.plus(self.access_ttl + KEPT_LONGER) };
        let Rotating { made, retired, .. } = told;
        let made = made.with("for", "access tokens").with("kid", kid.clone()).with("algorithm", key.algorithm.clone());
        let made = made.with("from", active_from.rfc3339());
        let retired = retired.with("from", others_retire_at.rfc3339());
        let rotate = audited(RotateSigningKey { key, others_retire_at, also_those_replaced: at_once }, move |others| {
            let retired = (!others.is_empty()).then(|| retired.clone().with("kids", others.join(" ")));
            std::iter::once(made.clone()).chain(retired)
        });
        self.database.run(rotate, deadline).await?;
        Ok(Rotated { kid, is_new: true })
    }

    async fn is_complete(&self, deadline: Deadline) -> Result<bool, IssuerError> {
        let (mac_keys, signing_keys) = self.database.run(FindKeys, deadline).await?;
        Ok(!mac_keys.is_empty() && signing_keys.iter().any(|row| self.is_of_our_algorithm(row)))
    }

    fn is_of_our_algorithm(&self, row: &SigningKeyRow) -> bool {
        row.retired_at.is_none() && row.algorithm == self.algorithm.as_str()
    }

    async fn make_missing(&self, deadline: Deadline) -> Result<(), IssuerError> {
        let (mac_keys, signing_keys) = self.database.run(FindKeys, deadline).await?;
        let now = self.clock.now();
        if mac_keys.is_empty() {
            let id = Uuid::now_v7();
            let place = Purpose::MacKey.place(id);
            let sealed_key = self.sealer.seal(Purpose::MacKey, &place, MacKey::random().expose())?;
            let add = AddMacKey(MacKeyRow { id, sealed_key, created_at: now, retired_at: None });
            let event = self.event("refresh tokens", id.to_string());
            self.database.run(audited(add, move |added| (*added > 0).then(|| event.clone())), deadline).await?;
        }
        if !signing_keys.iter().any(|row| self.is_of_our_algorithm(row)) {
            // The very first key signs at once: nobody has kept an older JWKS.
            let is_first = signing_keys.iter().all(|row| row.retired_at.is_some());
            let active_from = if is_first { now } else { now.plus(PUBLISHED_BEFORE_ACTIVE) };
            let key = self.new_signing_key(now, active_from)?;
            let event = self.event("access tokens", key.id.clone()).with("algorithm", key.algorithm.clone());
            let add = audited(AddSigningKey(key), move |added| (*added > 0).then(|| event.clone()));
            self.database.run(add, deadline).await?;
        }
        Ok(())
    }

    /// Of a key that was missing.
    fn event(&self, made_for: &str, kid: String) -> NewEvent {
        NewEvent::new(self.node, Action::KeyCreated, Actor::SYSTEM).with("for", made_for).with("kid", kid)
    }

    fn new_signing_key(&self, now: Timestamp, active_from: Timestamp) -> Result<SigningKeyRow, IssuerError> {
        let made = generate(self.algorithm)?;
        let place = Purpose::SigningKey.place(&made.kid);
        let sealed_private_key = self.sealer.seal(Purpose::SigningKey, &place, &made.private_pkcs8)?;
        let row = SigningKeyRow {
            id: made.kid,
            algorithm: self.algorithm.to_string(),
            sealed_private_key,
            public_jwk: made.public_jwk,
            created_at: now,
            active_from,
            retired_at: None,
        };
        tracing::info!(event = "signing_key_made", kid = %row.id, algorithm = %self.algorithm);
        Ok(row)
    }

    fn open_signing_key(&self, row: &SigningKeyRow) -> Result<RingKey, IssuerError> {
        let place = Purpose::SigningKey.place(&row.id);
        let private = self.sealer.open(Purpose::SigningKey, &place, &row.sealed_private_key)?;
        let algorithm: Algorithm = row.algorithm.parse().map_err(|_| KeyError::PrivateKey)?;
        Ok(RingKey {
            signing: SigningKey::from_parts(algorithm, &row.id, &private)?,
            verifying: VerifyingKey::from_jwk(&row.public_jwk)?,
            public_jwk: row.public_jwk.clone(),
            active_from: row.active_from,
        })
    }
}

pub(super) fn open_mac_key(sealer: &Sealer, row: &MacKeyRow) -> Result<(Uuid, MacKey), IssuerError> {
    let opened = sealer.open(Purpose::MacKey, &Purpose::MacKey.place(row.id), &row.sealed_key)?;
    Ok((row.id, MacKey::from_bytes(&opened).ok_or(IssuerError::NoMacKey)?))
}
