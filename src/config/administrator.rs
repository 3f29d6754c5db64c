//! The first administrator, for `keystead db create-admin` only. There is no default, and `serve` never looks here.

use secrecy::SecretString;

use super::mistake::Mistakes;
use super::reader::Reader;
use super::setting::Allowed::Text;
use super::setting::Fallback::Nothing;
use super::setting::{Section, Setting};
use super::source::Source;

const ADMIN_USERNAME: Setting =
    Setting::new("ADMIN_USERNAME", Nothing, Text("a user name"), "user name of the first administrator");
const ADMIN_EMAIL: Setting =
    Setting::new("ADMIN_EMAIL", Nothing, Text("an e-mail address"), "e-mail address of the first administrator");
const ADMIN_PASSWORD: Setting =
    Setting::secret("ADMIN_PASSWORD", Text("a password"), "password of the first administrator");

pub(super) const SECTION: Section = Section {
    title: "First administrator",
    introduction: "Read by keystead db create-admin only. There is no default credential.",
    settings: SETTINGS,
};
pub const SETTINGS: &[Setting] = &[ADMIN_USERNAME, ADMIN_EMAIL, ADMIN_PASSWORD];

/// As given; the sub-command asks for the rest and parses all of it into the domain's types.
#[derive(Clone, Debug)]
pub struct AdministratorSettings {
    pub username: Option<String>,
    pub email: Option<String>,
    pub password: Option<SecretString>,
}

/// # Errors
/// A password given twice, or a password file that cannot be read.
pub fn read(source: &Source) -> Result<AdministratorSettings, Mistakes> {
    let mut reader = Reader::new(source);
    let username = reader.optional(&ADMIN_USERNAME, |text| Some(text.to_owned()));
    let email = reader.optional(&ADMIN_EMAIL, |text| Some(text.to_owned()));
    let password = reader.secret(&ADMIN_PASSWORD);
    reader.finish(|| Ok(AdministratorSettings { username: username?, email: email?, password: password? }))
}
