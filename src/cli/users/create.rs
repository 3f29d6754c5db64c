//! `keystead users create`

use clap::Args;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use crate::cli::exit::Failure;
use crate::cli::offline::{Needs, Offline};
use crate::cli::output::Output;
use crate::cli::password::TemporaryPassword;
use crate::domain::email::Email;
use crate::domain::password::NewPassword;
use crate::domain::profile::{DisplayName, Metadata};
use crate::domain::role::RoleName;
use crate::domain::user_record::UserRecord;
use crate::domain::username::Username;
use crate::flows::admin::by::By;
use crate::flows::admin::create_user::NewUser;
use crate::flows::admin::provision_user::{WantedUser, create_with_roles};
use crate::http::admin::user_json::UserJson;

/// What is said of an account that may have to be made.
#[derive(Debug, Args)]
pub struct Wanted {
    /// Its e-mail address; it needs this or a username
    #[arg(long, value_parser = Email::parse)]
    email: Option<Email>,
    /// Its username
    #[arg(long, value_parser = Username::parse)]
    username: Option<Username>,
    /// The name to show
    #[arg(long, value_name = "NAME", value_parser = DisplayName::parse)]
    display_name: Option<DisplayName>,
    /// A JSON object that is kept for the application
    #[arg(long, value_name = "JSON", value_parser = Metadata::parse)]
    metadata: Option<Metadata>,
    /// Say that the address is its owner's, so that no mail has to show it
    #[arg(long)]
    email_verified: bool,
    /// Whether it is in use
    #[arg(long, value_name = "BOOL")]
    active: Option<bool>,
    /// A role that it gets beside `user`; may be given several times
    #[arg(long = "role", value_name = "ROLE", value_parser = RoleName::parse)]
    roles: Vec<RoleName>,
}

impl Wanted {
    pub fn with(self, password: Option<NewPassword>) -> WantedUser {
        let Self { email, username, display_name, metadata, email_verified, active, roles } = self;
        let user = NewUser { email, username, password, display_name, metadata, email_verified };
        WantedUser { user, active, roles }
    }
}

/// Without a password its owner sets one by the mail for forgotten ones.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  keystead users create --email ada@example.com --generate
  keystead users create --username ada --email ada@example.com --email-verified --role auditor --password-stdin < file")]
pub struct Create {
    #[command(flatten)]
    wanted: Wanted,
    #[command(flatten)]
    password: TemporaryPassword,
    #[command(flatten)]
    output: Output,
}

/// An account that was made, and what its owner has to be told.
#[derive(Serialize)]
pub struct MadeJson {
    #[serde(flatten)]
    user: UserJson,
    #[serde(skip_serializing_if = "Option::is_none")]
    temporary_password: Option<String>,
}

impl MadeJson {
    pub fn new(record: UserRecord, password: Option<&SecretString>) -> Self {
        let temporary_password = password.map(|text| text.expose_secret().to_owned());
        Self { user: UserJson::from(record), temporary_password }
    }
}

/// For people: nothing where nobody needs to be told.
pub fn told(password: Option<&SecretString>) -> String {
    password.map(|text| format!("\ntemporary password: {}", text.expose_secret())).unwrap_or_default()
}

pub async fn run(asked: Create) -> Result<(), Failure> {
    Offline::with(Needs::HASHER, async move |offline| {
        let context = offline.context();
        let chosen = asked.password.choose(&context.rules.password_policy)?;
        let (password, to_print) = chosen.map(|chosen| (chosen.password, chosen.to_print)).unzip();
        let to_print = to_print.flatten();
        let wanted = asked.wanted.with(password);
        let record = create_with_roles(context, &Offline::visit(), &By::Operator, wanted).await?;
        let plain = format!("user {}: made{}", record.account.id, told(to_print.as_ref()));
        asked.output.tell(&MadeJson::new(record, to_print.as_ref()), plain)
    })
    .await
}
