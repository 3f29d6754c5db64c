//! `keystead serve`: brings the database to where it must be, starts a node, says where it listens, and waits for a
//! signal.

use std::time::Duration;

use clap::Args;
use uuid::Uuid;

use super::configuration;
use super::exit::{Exit, Failure};
use super::node::{Node, NodeError};
use super::overrides::Overrides;
use super::schema_state::{self, SchemaState};
use super::set_up_offer;
use super::stopping::{self, Signals};
use super::terminal::mention;
use crate::actors::hasher::HasherError;
use crate::actors::house::StartError;
use crate::actors::issuer::IssuerError;
use crate::actors::sealing::SealingError;
use crate::config::Config;
use crate::config::secrets::KeyOrigin;
use crate::domain::audit_event::{Action, Actor, NewEvent};
use crate::domain::clock::{Clock, Deadline};
use crate::domain::role::BUILT_IN;
use crate::flows::cause::Cause;
use crate::store::audited::audited;
use crate::store::roles::EnsureRole;
use crate::store::{Store, schema};

/// To look for a role and to make it, with all repetitions; what the database's door allows.
const ROLE_PATIENCE: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
pub struct Serve {
    #[command(flatten)]
    overrides: Overrides,
    /// Upgrade a server database whose schema is behind (an SQLite file always is upgraded)
    #[arg(long)]
    migrate: bool,
    /// Break something on purpose, so that a test can show that it would notice
    #[cfg(feature = "broken-controls")]
    #[arg(long, hide = true, value_enum)]
    control: Option<Control>,
}

#[cfg(feature = "broken-controls")]
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Control {
    AnswerBeforeCommit,
}

pub async fn run(asked: Serve) -> Result<(), Failure> {
    #[cfg(feature = "broken-controls")]
    match asked.control {
        Some(Control::AnswerBeforeCommit) => crate::store::writer::controls::answer_before_commit(),
        None => {}
    }
    let config = configuration::for_serving(asked.overrides.pairs())?;
    let clock = Clock::system();
    prepare(&config, &clock, asked.migrate).await?;
    let mut signals = Signals::listen()?;
    let node = tokio::select! {
        started = Node::start(&config, clock) => started?,
        () = signals.next() => return Err(Failure::new(Exit::Failure, "stopped while starting")),
    };
    announce(&config, &node);
    set_up_offer::make(&config, &node).await;
    signals.next().await;
    mention("Stopping: what is under way is answered. A second signal ends it at once.");
    stopping::stop(&node, &mut signals).await
}

/// The database, its schema and its roles. Two nodes that start at once do this in turns.
async fn prepare(config: &Config, clock: &Clock, migrate: bool) -> Result<(), Failure> {
    let database = &config.database;
    let embedded = database.target.is_sqlite();
    if embedded && schema::create_database(database).await? {
        mention("The database was made.");
    }
    match schema_state::of(database).await?.0 {
        SchemaState::Current => {}
        SchemaState::Ahead { at } => tracing::warn!("{}; this one serves all the same", schema_state::ahead(at)),
        SchemaState::Behind { .. } if embedded || migrate => {
            schema::upgrade(database, None, clock).await?;
        }
        SchemaState::Behind { at } => {
            return Err(schema_state::behind(
                at,
                "run `keystead db upgrade`, or start with `keystead serve --migrate`",
            ));
        }
    }
    make_roles(config, clock).await
}

/// Before anybody is served: a registration needs them. There is no house yet, so the units run without its door.
async fn make_roles(config: &Config, clock: &Clock) -> Result<(), Failure> {
    let store = Store::open(&config.database, clock.clone()).await?;
    for role in BUILT_IN {
        let event = NewEvent::new(Uuid::nil(), Action::RoleCreated, Actor::SYSTEM).with("role", role.name);
        let ensure = audited(EnsureRole(role), move |made| made.then(|| event.clone()));
        store.run(ensure, Deadline::within(ROLE_PATIENCE)).await?;
    }
    store.close().await;
    Ok(())
}

fn announce(config: &Config, node: &Node) {
    let version = env!("CARGO_PKG_VERSION");
    mention(format_args!("Keystead {version} listens on {}", node.app_url()));
    mention(format_args!("Operators: {}", node.ops_url()));
    match &config.secrets.origin {
        // A server's key is never left missing.
        KeyOrigin::Given | KeyOrigin::Missing(_) => {}
        KeyOrigin::Kept(path) => mention(format_args!("The development key is in {}", path.display())),
        KeyOrigin::Made(path) => mention(format_args!("A development key was made in {}", path.display())),
    }
}

impl From<NodeError> for Failure {
    fn from(error: NodeError) -> Self {
        let text = error.to_string();
        match error {
            NodeError::Store(cause) => cause.into(),
            NodeError::House(cause) => cause.into(),
            NodeError::SecretKey(_) => Self::new(Exit::Mistake, text),
            NodeError::Bind(_) | NodeError::Serve(_) => Self::new(Exit::Failure, text),
        }
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        let text = error.to_string();
        match error {
            StartError::Issuer(IssuerError::Sealing(SealingError::WrongKey)) => {
                Self::new(Exit::Mistake, "SECRET_KEY is not the one under which the keys in this database were sealed")
                    .hint("give that one back, as SECRET_KEY, or as SECRET_KEY_PREVIOUS beside a new one")
            }
            StartError::Issuer(cause) => Cause::from(cause).into(),
            StartError::Hasher(HasherError::Parameters(_)) | StartError::Mailer(_) => Self::new(Exit::Mistake, text),
            StartError::Hasher(HasherError::FirstHash(_) | HasherError::NoSystem) | StartError::Oauth(_) => {
                Self::new(Exit::Failure, text)
            }
        }
    }
}
