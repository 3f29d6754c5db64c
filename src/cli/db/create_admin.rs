//! `keystead db create-admin`: an administrator, made by whoever may write the database.

use clap::Args;
use serde_json::json;

use crate::cli::exit::{Exit, Failure};
use crate::cli::offline::{Needs, Offline};
use crate::cli::output::Output;
use crate::cli::refusals::too_weak;
use crate::cli::terminal;
use crate::cli::{configuration, password};
use crate::config::administrator;
use crate::domain::email::Email;
use crate::domain::password::NewPassword;
use crate::domain::username::Username;
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
    #[command(flatten)]
    output: Output,
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
        Some(password::of_stdin()?)
    } else {
        settings.password.map(password::parse).transpose()?
    };
    let offline = Offline::open(&config, Needs::HASHER).await?;
    let done = make(&offline, &Named { username, email }, password).await;
    offline.close().await;
    let (id, result, plain) = match done? {
        AdministratorCreated::Made(id) => (id, "made", format!("administrator {id}: made")),
        AdministratorCreated::Promoted(id) => {
            (id, "promoted", format!("account {id}: was there, is an administrator now; its password stays"))
        }
        AdministratorCreated::WasOne(id) => {
            (id, "was_one", format!("account {id}: was there, and an administrator; nothing was changed"))
        }
    };
    asked.output.tell(&json!({ "id": id, "result": result }), plain)
}

struct Named {
    username: Option<Username>,
    email: Option<Email>,
}

/// Asks for a password only when the account turns out to be new.
async fn make(
    offline: &Offline,
    named: &Named,
    password: Option<NewPassword>,
) -> Result<AdministratorCreated, Failure> {
    create_roles(offline.context(), &Offline::visit()).await?;
    let create = async |password: Option<NewPassword>| {
        let (username, email) = (named.username.clone(), named.email.clone());
        let new = NewAdministrator { username, email, password };
        create_administrator(offline.context(), &Offline::visit(), new).await
    };
    match create(password).await {
        Err(CreateAdministratorError::PasswordMissing) if terminal::somebody_is_there() => {
            Ok(create(Some(password::asked_for("Password of the new administrator: ")?)).await?)
        }
        created => Ok(created?),
    }
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
            CreateAdministratorError::WeakPassword(weaknesses) => too_weak(&text, &weaknesses),
            CreateAdministratorError::NamesOfTwo => Self::new(Exit::Conflict, text),
            CreateAdministratorError::Cause(cause) => cause.into(),
        }
    }
}
