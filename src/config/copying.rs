//! Databases that a command names beside the configured one, for `keystead db copy`. Their passwords are settings, since
//! every user of the machine can read arguments.

use secrecy::{ExposeSecret as _, SecretString};

use super::database::{DatabaseSettings, Target};
use super::database_server::Parts;
use super::database_url::{self, Parsed};
use super::mistake::Mistakes;
use super::reader::Reader;
use super::setting::Allowed::Text;
use super::setting::{Section, Setting};
use super::source::Source;

const COPY_FROM_PASSWORD: Setting =
    Setting::secret("COPY_FROM_PASSWORD", Text("a password"), "password at the server that --from names");
const COPY_TO_PASSWORD: Setting =
    Setting::secret("COPY_TO_PASSWORD", Text("a password"), "password at the server that --to names");

pub(super) const SECTION: Section = Section {
    title: "Copying a database",
    introduction: "Read by keystead db copy only. DB_TLS and DB_TLS_CA hold for the servers that it names, too.",
    settings: SETTINGS,
};
pub const SETTINGS: &[Setting] = &[COPY_FROM_PASSWORD, COPY_TO_PASSWORD];

/// What an argument may name, as the command's help says it.
pub const NAMES: &str = "`configured`, sqlite:PATH, or mysql://, mariadb:// or postgres:// and user@host:port/database";

/// A database as an argument names it.
#[derive(Clone, Debug)]
pub enum Named {
    Configured,
    Url(String),
}

impl Named {
    /// # Errors
    /// What is wrong with it, without quoting it: it may hold a password all the same.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text == "configured" {
            return Ok(Self::Configured);
        }
        match database_url::parse(text) {
            Ok(Parsed::Server(_, url)) if !url.password.expose_secret().is_empty() => Err(format!(
                "a password among the arguments can be read by every user of this machine: leave it out, and set {} or {}",
                COPY_FROM_PASSWORD.name, COPY_TO_PASSWORD.name
            )),
            Ok(_) => Ok(Self::Url(text.to_owned())),
            Err(why) => Err(format!("must be {NAMES}; {why}")),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    From,
    To,
}

/// # Errors
/// A password given twice, or its file that cannot be read.
pub fn read(
    source: &Source,
    configured: &DatabaseSettings,
    named: &Named,
    side: Side,
) -> Result<DatabaseSettings, Mistakes> {
    let Named::Url(url) = named else { return Ok(configured.clone()) };
    let mut reader = Reader::new(source);
    let password = reader.secret(match side {
        Side::From => &COPY_FROM_PASSWORD,
        Side::To => &COPY_TO_PASSWORD,
    });
    let parts = Parts::read(&mut reader);
    reader.finish(|| {
        let (password, parts) = (password?, parts?);
        // It was parsed once already, when it was an argument.
        let target = database_url::parse(url).map_or_else(|_| configured.target.clone(), |url| parts.over_url(url));
        Ok(DatabaseSettings { target: with(target, password), ..configured.clone() })
    })
}

/// The socket is the configured server's.
fn with(mut target: Target, password: Option<SecretString>) -> Target {
    if let Target::MySql(address) | Target::Postgres(address) = &mut target {
        address.socket = None;
        address.password = password.unwrap_or_else(|| SecretString::from(""));
    }
    target
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_among_the_arguments_is_refused_and_not_repeated() {
        assert!(matches!(Named::parse("configured"), Ok(Named::Configured)));
        for url in ["sqlite:/srv/k.db", "postgres://keystead@db.example/keystead"] {
            assert!(matches!(Named::parse(url), Ok(Named::Url(read)) if read == url), "{url}");
        }
        for url in ["mysql://k:hunter2@db.example/keystead", "hunter2://x", "postgres:k:hunter2"] {
            let why = Named::parse(url).unwrap_err();
            assert!(!why.contains("hunter2"), "{why}");
        }
        let why = Named::parse("mysql://k:hunter2@db.example/keystead").unwrap_err();
        assert!(why.contains("COPY_TO_PASSWORD"), "{why}");
    }
}
