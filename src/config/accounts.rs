//! Accounts: who may make one, and what their password must be like.

use super::mistake::Mistake;
use super::reader::{Noted, Reader};
use super::setting::Allowed::{self, Words};
use super::setting::Fallback::Written;
use super::setting::{Section, Setting};

const REGISTRATION: Setting = Setting::new(
    "REGISTRATION",
    Written("open"),
    Words(&["open", "closed"]),
    "whether people may make an account for themselves",
);
// 8 is the least that NIST SP 800-63B (revision 3, section 5.1.1.2) permits. Above 64 hardly a phrase would do.
const PASSWORD_MIN_LENGTH: Setting = Setting::new(
    "PASSWORD_MIN_LENGTH",
    Written("12"),
    Allowed::whole(8, 64, "characters"),
    "the fewest characters of a new password",
);

pub(super) const SECTION: Section =
    Section { title: "Accounts", introduction: "Who may make an account, and with what password.", settings: SETTINGS };
pub const SETTINGS: &[Setting] = &[REGISTRATION, PASSWORD_MIN_LENGTH];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registration {
    Open,
    Closed,
}

#[derive(Clone, Debug)]
pub struct AccountSettings {
    pub registration: Registration,
    /// In characters (Unicode scalar values).
    pub password_min_length: usize,
}

pub(super) fn read(reader: &mut Reader<'_>) -> Result<AccountSettings, Noted> {
    let registration = registration(reader);
    let password_min_length = reader.whole(&PASSWORD_MIN_LENGTH);
    Ok(AccountSettings { registration: registration?, password_min_length: password_min_length? })
}

fn registration(reader: &mut Reader<'_>) -> Result<Registration, Noted> {
    let word = reader.value(&REGISTRATION, |word| match word {
        "open" => Some(Some(Registration::Open)),
        "closed" => Some(Some(Registration::Closed)),
        // A planned word, so it deserves an answer of its own.
        "invite" => Some(None),
        _ => None,
    })?;
    word.ok_or_else(|| {
        let remedy = "invitations are not there yet: must be open or closed";
        reader.note(Mistake::new(REGISTRATION.name, "is \"invite\"", remedy))
    })
}
