//! Guessing at passwords and codes: how many failures there may be before whoever asks has to wait.

use super::mistake::Mistake;
use super::reader::{Noted, Reader};
use super::server::Environment;
use super::setting::Allowed::{self, Words};
use super::setting::Fallback::Written;
use super::setting::{Section, Setting};

// 90 is all that strangers to an account have in a day.
const LOGIN_ATTEMPTS_PER_ACCOUNT: Setting = Setting::new(
    "LOGIN_ATTEMPTS_PER_ACCOUNT",
    Written("10"),
    Allowed::whole(1, 90, "failures"),
    "failures at one account within 15 minutes; known devices have as many of their own",
);
// As many as a thousand people behind one address who all mistype three times a minute.
const LOGIN_ATTEMPTS_PER_NETWORK: Setting = Setting::new(
    "LOGIN_ATTEMPTS_PER_NETWORK",
    Written("100"),
    Allowed::whole(1, 45_000, "failures"),
    "failures from one IPv4 address or IPv6 /64 within 15 minutes; name your proxies in TRUSTED_PROXIES",
);
const THROTTLE: Setting = Setting::new(
    "THROTTLE",
    Written("on"),
    Words(&["on", "off"]),
    "off lets anybody guess as fast as the server hashes; for load tests, and refused in production",
);

pub(super) const SECTION: Section = Section {
    title: "Throttling",
    introduction: "Past a limit, 429. From the fourth failure on each is followed by a longer wait; a day allows an account 100.",
    settings: SETTINGS,
};
pub const SETTINGS: &[Setting] = &[LOGIN_ATTEMPTS_PER_ACCOUNT, LOGIN_ATTEMPTS_PER_NETWORK, THROTTLE];

#[derive(Clone, Copy, Debug)]
pub struct ThrottlingSettings {
    /// Failures in 15 minutes.
    pub per_account: u32,
    /// Failures in 15 minutes.
    pub per_network: u32,
    pub on: bool,
}

pub(super) fn read(reader: &mut Reader<'_>, environment: Environment) -> Result<ThrottlingSettings, Noted> {
    let per_account = reader.whole(&LOGIN_ATTEMPTS_PER_ACCOUNT);
    let per_network = reader.whole(&LOGIN_ATTEMPTS_PER_NETWORK);
    let on = reader.value(&THROTTLE, |word| match word {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    });
    if environment == Environment::Production && matches!(on, Ok(false)) {
        reader.note(Mistake::new(THROTTLE.name, "is off", "must be on in production"));
    }
    Ok(ThrottlingSettings { per_account: per_account?, per_network: per_network?, on: on? })
}
