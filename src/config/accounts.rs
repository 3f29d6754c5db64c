//! Accounts: who may make one, and what it takes.

use super::reader::{Noted, Reader};
use super::setting::Allowed::{self, Words};
use super::setting::Fallback::Written;
use super::setting::{Section, Setting};

const REGISTRATION: Setting = Setting::new(
    "REGISTRATION",
    Written("open"),
    Words(&["open", "invite", "closed"]),
    "whether people may make an account for themselves, or need an invitation; closed means the same as invite",
);
const EMAIL_VERIFICATION: Setting = Setting::new(
    "EMAIL_VERIFICATION",
    Written("off"),
    Words(&["off", "optional", "required"]),
    "required: an account is made only when the mail to its address was answered",
);
// A hundred devices are more than anybody has; ending the oldest is one statement each.
const SESSIONS_PER_USER: Setting = Setting::new(
    "SESSIONS_PER_USER",
    Written("0"),
    Allowed::whole(0, 100, "sessions"),
    "sessions that somebody may have at once; a new one ends the oldest; 0: no limit",
);

pub(super) const SECTION: Section =
    Section { title: "Accounts", introduction: "Who may make an account, and what it takes.", settings: SETTINGS };
pub const SETTINGS: &[Setting] = &[REGISTRATION, EMAIL_VERIFICATION, SESSIONS_PER_USER];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registration {
    Open,
    Invite,
    Closed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailVerification {
    Off,
    Optional,
    Required,
}

#[derive(Clone, Debug)]
pub struct AccountSettings {
    pub registration: Registration,
    pub email_verification: EmailVerification,
    /// 0: no limit.
    pub sessions_per_user: u32,
}

pub(super) fn read(reader: &mut Reader<'_>) -> Result<AccountSettings, Noted> {
    let registration = reader.value(&REGISTRATION, |word| match word {
        "open" => Some(Registration::Open),
        "invite" => Some(Registration::Invite),
        "closed" => Some(Registration::Closed),
        _ => None,
    });
    let email_verification = reader.value(&EMAIL_VERIFICATION, |word| match word {
        "off" => Some(EmailVerification::Off),
        "optional" => Some(EmailVerification::Optional),
        "required" => Some(EmailVerification::Required),
        _ => None,
    });
    let sessions_per_user = reader.whole(&SESSIONS_PER_USER);
    Ok(AccountSettings {
        registration: registration?,
        email_verification: email_verification?,
        sessions_per_user: sessions_per_user?,
    })
}
