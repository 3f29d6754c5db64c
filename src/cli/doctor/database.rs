//! The database: whether it answers, whether its schema is this version's, and what is in it that has to be.

use std::time::Duration;

use super::finding::{Finding, fail, ok, warn};
use crate::actors::issuer::{self, IssuerError};
use crate::actors::sealing::SealingError;
use crate::cli::exit::Failure;
use crate::cli::node;
use crate::cli::offline::{Needs, Offline};
use crate::cli::schema_state::{self, SchemaState};
use crate::config::Config;
use crate::flows::examine::{Examination, examine};

/// To connect and to ask: each part has its own, shorter, patience, and this is for a server that says a little at a time.
const PATIENCE: Duration = Duration::from_secs(15);
/// Nodes that are further apart warn while they serve.
const CLOCK_SLACK_MICROS: i64 = 2_000_000;

pub async fn look(config: &Config) -> Vec<Finding> {
    let found = tokio::time::timeout(PATIENCE, look_at(config)).await;
    found.unwrap_or_else(|_| {
        vec![fail("database", "no answer in time", "see whether it is overloaded, or what is between")]
    })
}

async fn look_at(config: &Config) -> Vec<Finding> {
    let mut found = Vec::new();
    let state = match schema_state::of(&config.database).await {
        Ok((state, _)) => state,
        Err(failure) => return vec![told("database", &failure)],
    };
    match state {
        SchemaState::Current => found.push(ok("schema", "is this version's")),
        SchemaState::Ahead { at } => {
            found.push(warn("schema", schema_state::ahead(at), "run the newer version, once all nodes are to have it"));
        }
        SchemaState::Behind { at } => {
            let behind = schema_state::behind(at, "`keystead db upgrade` brings it there");
            return vec![ok("database", "answers"), told("schema", &behind)];
        }
    }
    let offline = match Offline::open_with_any_key(config, &config.database, Needs::NOTHING).await {
        Ok(offline) => offline,
        Err(failure) => return vec![told("database", &failure)],
    };
    found.push(sealed_keys(config, &offline).await);
    match examine(offline.context(), &Offline::visit()).await {
        Ok(examination) => found.splice(0..0, contents(&examination)).for_each(drop),
        Err(cause) => found.push(told("database", &cause.into())),
    }
    offline.close().await;
    found
}

/// A failure of another command, told here.
fn told(check: &'static str, failure: &Failure) -> Finding {
    let (text, hint) = failure.text_and_hint();
    let remedy =
        if hint.is_empty() { "see DATABASE_URL, or DB_HOST and the settings beside it".to_owned() } else { hint };
    fail(check, text, remedy)
}

/// Whether `SECRET_KEY` opens what is sealed.
async fn sealed_keys(config: &Config, offline: &Offline) -> Finding {
    let settings = node::issuer_settings(config, &config.server.public_url_on(&config.server.listen));
    let house = &offline.context().house;
    let (database, clock) = (house.database.clone(), house.clock.clone());
    match issuer::open_keys(&settings, house.sealer.clone(), database, clock, Offline::deadline()).await {
        Ok(true) => ok("secret_key", "it opens the keys in the database"),
        Ok(false) => ok("secret_key", "the database has no keys yet; the first start makes them"),
        Err(IssuerError::Sealing(SealingError::WrongKey)) => fail(
            "secret_key",
            "SECRET_KEY is not the one under which the keys in this database were sealed",
            "give that one back, as SECRET_KEY, or as SECRET_KEY_PREVIOUS beside a new one",
        ),
        Err(cause) => {
            fail("secret_key", cause.to_string(), "put back a backup of the tables mac_keys and signing_keys")
        }
    }
}

fn contents(examination: &Examination) -> Vec<Finding> {
    let Examination { version, missing_roles, administrators, .. } = examination;
    let mut found = vec![ok("database", format!("answers, version {version}")), clock(examination)];
    found.push(match missing_roles.as_slice() {
        [] => ok("roles", "the built-in roles are there"),
        missing => fail("roles", format!("missing: {}", missing.join(", ")), "`keystead db create-roles`"),
    });
    found.push(match administrators {
        0 => warn("administrators", "there is none who can sign in", "`keystead db create-admin`"),
        some => ok("administrators", format!("{some} can sign in")),
    });
    found.push(match (examination.unsealed_since, examination.newest_seal_at) {
        (Some(since), _) => warn(
            "audit",
            format!("events have waited for a seal since {}", since.rfc3339()),
            "see that a server runs: it seals within seconds",
        ),
        (None, Some(at)) => ok("audit", format!("the newest seal is of {}", at.rfc3339())),
        (None, None) => ok("audit", "nothing has been sealed yet"),
    });
    if let Some(since) = examination.mail_due_since {
        let remedy = "see that a server runs, and what it logs about mail";
        found.push(warn("mail", format!("mail has been due since {}", since.rfc3339()), remedy));
    }
    found
}

fn clock(examination: &Examination) -> Finding {
    let behind = examination.clock_behind_micros;
    if examination.clock_was_ahead {
        let text = "the newest seal of the audit trail was made later than it is now";
        return fail("clock", text, "set this machine's clock, and keep it right by NTP: tokens live by it");
    }
    let text = format!("this machine's clock is {} ms from the database's", behind.abs() / 1_000);
    if behind.abs() > CLOCK_SLACK_MICROS {
        return warn("clock", text, "keep both right by NTP; meanwhile nodes go by the database's");
    }
    ok("clock", text)
}
