//! `keystead db create-admin`: an administrator, made by whoever may write the database.

use std::io;

use clap::Args;
use secrecy::{ExposeSecret as _, SecretString};

use crate::cli::configuration;
use crate::cli::exit::{Exit, Failure};
use crate::cli::offline::{Needs, Offline};
use crate::cli::terminal::{self, say};
use crate::config::administrator;
use crate::domain::email::Email;
use crate::domain::password::NewPassword;
use crate::domain::username::Username;
use crate::flows::Context;
use crate::flows::create_administrator::{
    AdministratorCreated, CreateAdministratorError, NewAdministrator, create_administrator,
};
use crate::flows::create_roles::create_roles;

/// A new account needs a password: from standard input, from `ADMIN_PASSWORD` or `ADMIN_PASSWORD_FILE`, or asked for at the
/// terminal. An account that exists is given the role and keeps its password.
#[derive(Debug, Args)]
pub struct CreateAdmin {
    /// Its user name (or `ADMIN_USERNAME`)
    #[arg(long)]
    username: Option<String>,
    /// Its e-mail address (or `ADMIN_EMAIL`)
    #[arg(long)]
    email: Option<String>,
    /// Read the password from standard input, one line
    #[arg(long)]
    password_stdin: bool,
}

pub async fn run(asked: CreateAdmin) -> Result<(), Failure> {
    let source = configuration::surroundings();
    let config = configuration::for_a_command(&source)?;
    let settings = administrator::read(&source)?;
    let username = asked.username.or(settings.username).map(|text| Username::parse(&text)).transpose();
    let username = username.map_err(|error| mistake("the user name", &error.to_string()))?;
    let email = asked.email.or(settings.email).map(|text| Email::parse(&text)).transpose();
    let email = email.map_err(|error| mistake("the e-mail address", &error.to_string()))?;
    let password = if asked.password_stdin {
        Some(terminal::line_of_stdin().map_err(|cause| unread(&cause))?)
    } else {
        settings.password
    };
    let offline = Offline::open(&config, Needs::HASHER).await?;
    let done = make(&offline, &Named { username, email }, password).await;
    offline.close().await;
    Ok(say(match done? {
        AdministratorCreated::Made(id) => format!("administrator {id}: made"),
        AdministratorCreated::Promoted(id) => {
            format!("account {id}: was there, is an administrator now; its password stays")
        }
        AdministratorCreated::WasOne(id) => {
            format!("account {id}: was there, and an administrator; nothing was changed")
        }
    })?)
}

struct Named {
    username: Option<Username>,
    email: Option<Email>,
}

/// Asks for a password only when the account turns out to be new.
async fn make(
    offline: &Offline,
    named: &Named,
    password: Option<SecretString>,
) -> Result<AdministratorCreated, Failure> {
    create_roles(offline.context(), &Offline::visit()).await?;
    let create = async |password: Option<SecretString>| {
        let password = password.map(NewPassword::parse).transpose();
        let password = password.map_err(|error| mistake("the password", &error.to_string()))?;
        let (username, email) = (named.username.clone(), named.email.clone());
        let new = NewAdministrator { username, email, password, created_at: offline.clock().now() };
        let Context { house, rules } = offline.context();
        let (policy, ttl) = (&rules.password_policy, rules.access_ttl);
        let made = create_administrator(&house.database, &house.hasher, policy, ttl, new, Offline::deadline()).await;
        Ok::<_, Failure>(made)
    };
    let created = match create(password).await? {
        Err(CreateAdministratorError::PasswordMissing) if terminal::somebody_is_there() => {
            create(Some(asked_for().map_err(|cause| unread(&cause))?)).await?
        }
        created => created,
    };
    created.map_err(Failure::from)
}

/// Asked twice: nobody sees what is typed.
fn asked_for() -> io::Result<SecretString> {
    let first = terminal::ask_in_secret("Password of the new administrator: ")?;
    let second = terminal::ask_in_secret("Once more: ")?;
    if first.expose_secret() != second.expose_secret() {
        return Err(io::Error::other("the two differ"));
    }
    Ok(first)
}

fn unread(cause: &io::Error) -> Failure {
    let why = match cause.kind() {
        io::ErrorKind::UnexpectedEof => "there is none".to_owned(),
        io::ErrorKind::InvalidData => "it is not UTF-8".to_owned(),
        io::ErrorKind::Interrupted => "interrupted".to_owned(),
        _ => cause.to_string(),
    };
    mistake("the password", &why)
}

fn mistake(what: &str, why: &str) -> Failure {
    Failure::new(Exit::Mistake, format!("{what}: {why}"))
}

impl From<CreateAdministratorError> for Failure {
    fn from(error: CreateAdministratorError) -> Self {
        let text = error.to_string();
        match error {
            CreateAdministratorError::NameMissing => {
                Self::new(Exit::Mistake, text).hint("say --username or --email, or set ADMIN_USERNAME or ADMIN_EMAIL")
            }
            CreateAdministratorError::PasswordMissing => {
                Self::new(Exit::Mistake, text).hint("pipe it in with --password-stdin, or set ADMIN_PASSWORD_FILE")
            }
            CreateAdministratorError::WeakPassword(weaknesses) => {
                let reasons: Vec<_> = weaknesses.iter().map(ToString::to_string).collect();
                Self::new(Exit::Refused, format!("{text}: {}", reasons.join("; ")))
            }
            CreateAdministratorError::NamesOfTwo => Self::new(Exit::Conflict, text),
            CreateAdministratorError::Cause(cause) => cause.into(),
        }
    }
}
