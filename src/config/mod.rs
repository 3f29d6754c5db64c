//! Configuration: environment variables, `.env` beneath them, flags of the command line above them.
//!
//! One typed section a file. Each section declares its settings as data ([`Setting`]), and parsing, messages,
//! `.env.example` and `docs/configuration.md` all come from that one declaration, so that they cannot differ.
//! [`Config::read`] reports every mistake at once and never shows a secret. The one thing it writes is the development
//! key ([`development_key`]). It does not connect, listen or look names up.

pub mod accounts;
pub mod administrator;
pub mod copying;
pub mod database;
mod database_server;
mod database_url;
mod development_key;
mod fingerprint;
pub mod hashing;
pub mod import;
pub mod listener;
pub mod logging;
pub mod mail;
pub mod mail_links;
mod mistake;
pub mod oauth;
mod oauth_providers;
mod pages;
pub mod passwords;
mod reader;
pub mod secrets;
pub mod server;
mod setting;
mod shown;
pub mod smtp_url;
mod source;
mod strangers;
pub mod sweeping;
#[cfg(test)]
mod tests;
pub mod throttling;
pub mod tokens;
mod web_origin;

pub use mistake::{Mistake, Mistakes};
pub use pages::{configuration_page, env_example};
pub use setting::{Allowed, Fallback, Section, Setting};
pub use shown::{Origin, Shown, shown};
pub use source::Source;

use reader::Reader;

/// All sections, in the order in which the pages show them.
pub const SECTIONS: &[Section] = &[
    server::SECTION,
    secrets::SECTION,
    database::SECTION,
    tokens::SECTION,
    hashing::SECTION,
    accounts::SECTION,
    mail::SECTION,
    oauth::SECTION,
    passwords::SECTION,
    throttling::SECTION,
    sweeping::SECTION,
    logging::SECTION,
    administrator::SECTION,
    import::SECTION,
    copying::SECTION,
];

/// Every setting there is.
#[must_use]
pub fn all_settings() -> Vec<Setting<'static>> {
    SECTIONS.iter().flat_map(|section| section.settings).copied().collect()
}

/// What the server and most sub-commands need to know, checked.
#[derive(Debug)]
pub struct Config {
    pub server: server::ServerSettings,
    pub secrets: secrets::SecretSettings,
    pub database: database::DatabaseSettings,
    pub tokens: tokens::TokenSettings,
    pub hashing: hashing::HashingSettings,
    pub accounts: accounts::AccountSettings,
    pub mail: mail::MailSettings,
    pub oauth: oauth::OauthSettings,
    pub passwords: passwords::PasswordSettings,
    pub throttling: throttling::ThrottlingSettings,
    pub sweeping: sweeping::SweepingSettings,
    pub logging: logging::LoggingSettings,
    /// Of all that is set and no secret: another one, where anything is another.
    pub fingerprint: String,
}

impl Config {
    /// Reads and checks everything; in development without `SECRET_KEY` it also opens or makes the development key,
    /// but only when nothing else is wrong.
    ///
    /// # Errors
    /// All mistakes at once.
    pub fn read(source: &Source) -> Result<Self, Mistakes> {
        Self::with(source, secrets::MissingKey::IsMade)
    }

    /// The same, and writes nothing: a development key that is not there is one of this process alone.
    ///
    /// # Errors
    /// All mistakes at once.
    pub fn look(source: &Source) -> Result<Self, Mistakes> {
        Self::with(source, secrets::MissingKey::IsLeftMissing)
    }

    fn with(source: &Source, missing_key: secrets::MissingKey) -> Result<Self, Mistakes> {
        let mut reader = Reader::new(source);
        strangers::check(&mut reader);
        let environment = server::environment(&mut reader);
        let server = server::read(&mut reader, environment);
        let database = database::read(&mut reader);
        let tokens = tokens::read(&mut reader);
        let hashing = hashing::read(&mut reader, environment);
        let accounts = accounts::read(&mut reader);
        let passwords = passwords::read(&mut reader);
        let throttling = throttling::read(&mut reader, environment);
        let sweeping = sweeping::read(&mut reader, database.as_ref().ok());
        let logging = logging::read(&mut reader, environment);
        let data_dir = database.as_ref().map(|read| read.data_dir.clone()).map_err(|noted| *noted);
        let verification = accounts.as_ref().map(|read| read.email_verification).map_err(|noted| *noted);
        let mail = mail::read(&mut reader, environment, data_dir.clone(), verification);
        let oauth = oauth::read(&mut reader, environment);
        let secrets = secrets::read(&mut reader, environment, data_dir, missing_key);
        reader.finish(|| {
            Ok(Self {
                server: server?,
                secrets: secrets?,
                database: database?,
                tokens: tokens?,
                hashing: hashing?,
                accounts: accounts?,
                mail: mail?,
                oauth: oauth?,
                passwords: passwords?,
                throttling: throttling?,
                sweeping: sweeping?,
                logging: logging?,
                fingerprint: fingerprint::fingerprint(source),
            })
        })
    }
}
