//! The house: starts the actors in the order in which they need each other, says whether they are well, drains them.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::database::{self, DatabaseDoor};
use super::door::DoorLoad;
use super::hasher::{self, HasherDoor, HasherError, HasherSettings};
use super::in_flight::InFlight;
use super::issuer::{self, IssuerDoor, IssuerError, IssuerSettings};
use super::known_clients::KnownClients;
use super::mailer::{self, MailerDoor, MailerError, MailerSettings};
use super::notary::{self, NotaryDoor};
use super::oauth::{self, OauthDoor, OauthSettings, OauthStartError};
use super::refusal_log::RefusalLog;
use super::revocations::{self, Revocations};
use super::sealing::Sealer;
use super::sweeper::{self, AuditRetention, SweepSettings, SweeperDoor};
use crate::domain::clock::{Clock, Deadline};
use crate::store::Store;
use crate::store::roles::HasAdministrator;

/// Making keys, with a slow database and an RSA key that takes its time.
const START_PATIENCE: Duration = Duration::from_secs(20);
/// Three measurements. A node that has none by then starts all the same, and is not ready.
const CLOCK_PATIENCE: Duration = Duration::from_secs(3);

/// The same for a command, which somebody waits for at a terminal.
const OFFLINE_CLOCK_PATIENCE: Duration = Duration::from_secs(1);

/// Every door, and the one clock. Clones lead through the same doors.
#[derive(Clone)]
pub struct House {
    pub database: DatabaseDoor,
    pub hasher: HasherDoor,
    pub issuer: IssuerDoor,
    pub revocations: Revocations,
    pub sweeper: SweeperDoor,
    pub notary: NotaryDoor,
    pub mailer: MailerDoor,
    pub oauth: OauthDoor,
    pub known_clients: KnownClients,
    /// Secrets that are being judged, and whom a refusal was logged of: the throttle's memory on this node.
    pub in_flight: InFlight,
    pub refusal_log: RefusalLog,
    /// What flows keep sealed in the tables: payloads, second factors, mail.
    pub sealer: Arc<Sealer>,
    pub clock: Clock,
    /// This process, among the nodes on one database.
    pub node: Uuid,
}

pub struct HouseSettings {
    pub hasher: HasherSettings,
    pub issuer: IssuerSettings,
    pub sweeping: SweepSettings,
    /// How long events of the audit trail are kept; `None`: for ever.
    pub audit_retention: Option<Duration>,
    pub mailer: MailerSettings,
    pub oauth: OauthSettings,
}

/// What a command needs beside the database: each costs what a server's costs.
#[derive(Default)]
pub struct OfflineNeeds {
    /// Threads, memory, and a second to time them.
    pub hasher: Option<HasherSettings>,
    /// The keys; those that are missing are made.
    pub issuer: Option<IssuerSettings>,
}

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the hasher cannot start: {0}")]
    Hasher(#[from] HasherError),
    #[error("the issuer cannot start: {0}")]
    Issuer(#[from] IssuerError),
    #[error("mail cannot be sent: {0}")]
    Mailer(#[from] MailerError),
    #[error("providers cannot be asked: {0}")]
    Oauth(#[from] OauthStartError),
}

/// One reason why this node should not be sent requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unready {
    pub who: &'static str,
    pub why: &'static str,
}

impl House {
    /// Inside an actix system, on a database whose schema is up to date.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(
        settings: HouseSettings,
        store: Store,
        sealer: Arc<Sealer>,
        clock: Clock,
    ) -> Result<Self, StartError> {
        let node = Uuid::now_v7();
        let database = database::start(store, clock.clone());
        let hasher = hasher::start(settings.hasher)?;
        // Otherwise the very first signing key may be stamped by a clock that is ahead, and not sign until then.
        database.until_clock_is_measured(Deadline::within(CLOCK_PATIENCE)).await;
        let deadline = Deadline::within(START_PATIENCE);
        let issuer =
            issuer::start(settings.issuer, Arc::clone(&sealer), database.clone(), clock.clone(), node, deadline)
                .await?;
        let revocations = revocations::start(database.clone(), clock.clone());
        let audit = settings.audit_retention.map(|age| AuditRetention { age, sealer: Arc::clone(&sealer) });
        let sweeper = sweeper::start(settings.sweeping, audit, node, database.clone(), clock.clone());
        let notary = notary::start(node, database.clone(), Arc::clone(&sealer));
        let mailer = mailer::start(&settings.mailer, Arc::clone(&sealer), database.clone(), clock.clone())?;
        let oauth = oauth::start(settings.oauth, clock.clone())?;
        let known_clients = KnownClients::default();
        let (in_flight, refusal_log) = (InFlight::default(), RefusalLog::default());
        Ok(Self {
            database,
            hasher,
            issuer,
            revocations,
            sweeper,
            notary,
            mailer,
            oauth,
            known_clients,
            in_flight,
            refusal_log,
            sealer,
            clock,
            node,
        })
    }

    /// For a command: the database, the clock, and what else it needs. Every other door is shut, so nothing is swept,
    /// sealed, mailed or polled here; that goes on where a server runs.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn offline(
        needs: OfflineNeeds,
        store: Store,
        sealer: Arc<Sealer>,
        clock: Clock,
    ) -> Result<Self, StartError> {
        let node = Uuid::now_v7();
        let database = database::start(store, clock.clone());
        // Without a measurement the work is done all the same, by this machine's clock.
        database.until_clock_is_measured(Deadline::within(OFFLINE_CLOCK_PATIENCE)).await;
        let hasher = needs.hasher.map_or_else(|| Ok(hasher::shut()), hasher::start)?;
        let issuer = match needs.issuer {
            Some(settings) => {
                let (sealer, deadline) = (Arc::clone(&sealer), Deadline::within(START_PATIENCE));
                issuer::start(settings, sealer, database.clone(), clock.clone(), node, deadline).await?
            }
            None => issuer::shut(clock.clone()),
        };
        Ok(Self {
            hasher,
            issuer,
            revocations: revocations::shut(),
            sweeper: sweeper::shut(database.clone(), clock.clone()),
            notary: notary::shut(),
            mailer: mailer::shut(),
            oauth: oauth::shut(),
            known_clients: KnownClients::default(),
            in_flight: InFlight::default(),
            refusal_log: RefusalLog::default(),
            database,
            sealer,
            clock,
            node,
        })
    }

    /// Asks each actor, and the database itself.
    pub async fn unready(&self, deadline: Deadline) -> Vec<Unready> {
        let doors = [
            ("database", self.database.is_open()),
            ("hasher", self.hasher.is_open()),
            ("issuer", self.issuer.is_open()),
            ("revocations", self.revocations.is_open()),
            ("sweeper", self.sweeper.is_open()),
            ("notary", self.notary.is_open()),
            ("mailer", self.mailer.is_open()),
            ("oauth", self.oauth.is_open()),
        ];
        let closed = doors.into_iter().filter(|(_, is_open)| !is_open);
        let mut unready: Vec<Unready> = closed.map(|(who, _)| Unready { who, why: "its door is closed" }).collect();
        if !self.revocations.is_fresh() {
            unready.push(Unready { who: "revocations", why: "they are out of date" });
        }
        if !self.database.clock_sync().is_measured() {
            unready.push(Unready { who: "clock", why: "its offset to the database's is unknown" });
        }
        if self.database.run(HasAdministrator, deadline).await.is_err() {
            unready.push(Unready { who: "database", why: "it does not answer" });
        }
        unready
    }

    /// How each door is used. A node without providers has no actor for them.
    pub fn load(&self) -> Vec<(&'static str, DoorLoad)> {
        let mut doors = vec![
            ("database", self.database.load()),
            ("hasher", self.hasher.load()),
            ("issuer", self.issuer.load()),
            ("revocations", self.revocations.load()),
            ("sweeper", self.sweeper.load()),
            ("notary", self.notary.load()),
            ("mailer", self.mailer.load()),
        ];
        doors.extend(self.oauth.load().map(|load| ("oauth", load)));
        doors
    }

    /// Lets what is under way finish, outermost doors first, and nobody in any more.
    pub async fn drain(&self) {
        self.oauth.drain().await;
        self.mailer.drain().await;
        self.sweeper.drain().await;
        self.notary.drain().await;
        self.hasher.drain().await;
        self.issuer.drain().await;
        self.revocations.drain().await;
        self.database.drain().await;
    }
}
