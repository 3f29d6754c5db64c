//! A node: the house with its servers, put together from the configuration.

use std::collections::BTreeSet;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;
use url::Url;

use crate::actors::hasher::{HashBackend, HashParams, HasherSettings};
use crate::actors::house::{House, HouseSettings, StartError};
use crate::actors::issuer::IssuerSettings;
use crate::actors::mailer::{MailPatience, MailerSettings};
use crate::actors::oauth::OauthSettings;
use crate::actors::sealing::{Sealer, SealingError};
use crate::actors::sweeper::SweepSettings;
use crate::config::listener::Listener;
use crate::config::oauth::{ProviderKind, ProviderSettings};
use crate::config::{Config, accounts, hashing};
use crate::domain::clock::{Clock, Deadline};
use crate::domain::password::PasswordPolicy;
use crate::domain::provider::ProviderName;
use crate::domain::standing::Demands;
use crate::domain::throttle::Limits;
use crate::flows::note_start::note_start;
use crate::flows::{Context, EmailVerification, Registration, Rules};
use crate::http::server::{self, BindError, Listeners, Running};
use crate::http::well_known::Published;
use crate::store::Store;
use crate::store::error::StoreError;

/// One statement or two, with all repetitions; what the database's door allows.
const NOTE_PATIENCE: Duration = Duration::from_secs(2);

/// Running, from its listeners to its pools.
pub struct Node {
    pub context: Context,
    app: Listener,
    ops: Listener,
    store: Store,
    running: Running,
}

#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    #[error(transparent)]
    Bind(#[from] BindError),
    #[error("the database cannot be opened: {0}")]
    Store(#[from] StoreError),
    #[error("SECRET_KEY cannot be used: {0}")]
    SecretKey(#[from] SealingError),
    #[error(transparent)]
    House(#[from] StartError),
    #[error("the servers cannot start: {0}")]
    Serve(#[from] std::io::Error),
}

impl Node {
    /// Inside an actix system, on a database whose schema is up to date.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn start(config: &Config, clock: Clock) -> Result<Self, NodeError> {
        let listeners = Listeners::bind(&config.server)?;
        let (app, ops) = (listeners.app().clone(), listeners.ops().clone());
        let public_url = config.server.public_url_on(&app);
        let store = Store::open(&config.database, clock.clone()).await?;
        let settings = house_settings(config, &public_url);
        let published = Published { issuer: settings.issuer.issuer.clone(), public_url: public_url.clone() };
        let house = House::start(settings, store.clone(), Arc::new(sealer(config)?), clock).await?;
        let context = Context { house, rules: rules(config, &public_url) };
        // A database that cannot be written just now holds up nobody who only reads.
        if let Err(cause) = note_start(&context, &config.fingerprint, Deadline::within(NOTE_PATIENCE)).await {
            tracing::warn!(%cause, "the start of this node is missing from the audit trail");
        }
        let running = server::run(listeners, &config.server, published, context.clone(), workers())?;
        Ok(Self { context, app, ops, store, running })
    }

    pub fn app(&self) -> &Listener {
        &self.app
    }

    pub fn ops(&self) -> &Listener {
        &self.ops
    }

    /// `http://` and where the app listens; for a Unix socket its path.
    pub fn app_url(&self) -> String {
        url(&self.app)
    }

    pub fn ops_url(&self) -> String {
        url(&self.ops)
    }

    /// Everything that is under way is answered; then the doors, outermost first, then the pools.
    pub async fn stop(&self) {
        self.running.stop().await;
        self.context.house.drain().await;
        self.store.close().await;
    }
}

fn url(listener: &Listener) -> String {
    match listener {
        Listener::Tcp(address) => format!("http://{address}"),
        Listener::Unix(_) => listener.to_string(),
    }
}

/// One thread a core: handlers never block.
fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// # Errors
/// [`SealingError`] when nothing can be derived from it.
pub fn sealer(config: &Config) -> Result<Sealer, SealingError> {
    let previous = config.secrets.previous.as_ref().map(|key| key.expose_secret().as_bytes());
    Sealer::new(config.secrets.key.expose_secret().as_bytes(), previous)
}

pub fn hasher_settings(settings: &hashing::HashingSettings) -> HasherSettings {
    HasherSettings {
        params: HashParams {
            memory_kib: settings.memory_kib,
            iterations: settings.iterations,
            parallelism: settings.parallelism,
        },
        backend: match settings.backend {
            hashing::HashBackend::Auto => HashBackend::Auto,
            hashing::HashBackend::Argon2 => HashBackend::Argon2,
        },
        threads: settings.threads,
        memory_budget_mib: Some(settings.memory_budget_mib),
        max_wait: settings.max_wait,
    }
}

pub fn issuer_settings(config: &Config, public_url: &str) -> IssuerSettings {
    IssuerSettings {
        algorithm: config.tokens.algorithm,
        issuer: config.tokens.issuer_or(public_url),
        audience: config.tokens.audience_or(public_url),
        access_ttl: config.tokens.access_ttl,
    }
}

pub fn rules(config: &Config, public_url: &str) -> Rules {
    Rules {
        registration: match config.accounts.registration {
            accounts::Registration::Open => Registration::Open,
            // Nobody but administrators and operators makes invitations, so closing it to the others is the same.
            accounts::Registration::Invite | accounts::Registration::Closed => Registration::Invite,
        },
        email_verification: match config.accounts.email_verification {
            accounts::EmailVerification::Off => EmailVerification::Off,
            accounts::EmailVerification::Optional => EmailVerification::Optional,
            accounts::EmailVerification::Required => EmailVerification::Required,
        },
        demands: Demands {
            verified_email: config.accounts.email_verification == accounts::EmailVerification::Required,
            password_max_age: config.passwords.max_age,
        },
        password_policy: PasswordPolicy {
            min_length_chars: config.passwords.min_length,
            min_strength: config.passwords.min_strength,
            required_classes: config.passwords.required_classes,
            history: config.passwords.history,
        },
        totp_issuer: totp_issuer(config.server.public_url.as_deref()),
        public_url: public_url.to_owned(),
        redirects: config.oauth.redirects.clone(),
        claimed_roles: config.oauth.providers.iter().filter_map(claimed_roles).collect(),
        throttle: config.throttling.on.then_some(Limits {
            per_account: config.throttling.per_account,
            per_network: config.throttling.per_network,
        }),
        access_ttl: config.tokens.access_ttl,
        refresh_ttl: config.tokens.refresh_ttl,
        session_max_age: config.tokens.session_max_age,
        sessions_per_user: NonZeroU32::new(config.accounts.sessions_per_user),
        refresh_grace: config.tokens.refresh_grace,
    }
}

/// The roles that a provider decides about, if it has a say in any.
fn claimed_roles(provider: &ProviderSettings) -> Option<(ProviderName, Vec<String>)> {
    let ProviderKind::OpenId { roles: Some(mapping), .. } = &provider.kind else { return None };
    let roles: BTreeSet<_> = mapping.roles.iter().map(|(_, role)| role.clone()).collect();
    Some((provider.name.clone(), roles.into_iter().collect()))
}

/// The name that people know the server by, or the product's.
fn totp_issuer(public_url: Option<&str>) -> String {
    let url = public_url.and_then(|url| Url::parse(url).ok());
    url.as_ref().and_then(Url::domain).unwrap_or("Keystead").to_owned()
}

fn house_settings(config: &Config, public_url: &str) -> HouseSettings {
    HouseSettings {
        hasher: hasher_settings(&config.hashing),
        issuer: issuer_settings(config, public_url),
        sweeping: SweepSettings { interval: config.sweeping.interval, batch: config.sweeping.batch },
        audit_retention: config.sweeping.audit_retention,
        mailer: MailerSettings {
            mail: config.mail.clone(),
            public_url: public_url.to_owned(),
            patience: MailPatience::default(),
        },
        oauth: OauthSettings::of(&config.oauth),
    }
}
