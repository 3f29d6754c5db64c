//! Passwords: what a new one must be like, and how long it may be kept.

use std::time::Duration;

use super::reader::{Noted, Reader};
use super::setting::Allowed;
use super::setting::Fallback::Written;
use super::setting::{Section, Setting};

// 8 is the least that NIST SP 800-63B (revision 3, section 5.1.1.2) permits. Above 64 hardly a phrase would do.
const PASSWORD_MIN_LENGTH: Setting = Setting::new(
    "PASSWORD_MIN_LENGTH",
    Written("12"),
    Allowed::whole(8, 64, "characters"),
    "the fewest characters of a new password, not counting words from the account",
);
const PASSWORD_MIN_STRENGTH: Setting = Setting::new(
    "PASSWORD_MIN_STRENGTH",
    Written("3"),
    Allowed::whole(0, 4, "points"),
    "what zxcvbn must give a new password at least (3: ten thousand million guesses are not enough); 0: anything",
);
const PASSWORD_REQUIRED_CLASSES: Setting = Setting::new(
    "PASSWORD_REQUIRED_CLASSES",
    Written("0"),
    Allowed::whole(0, 4, "classes"),
    "how many of lower case, upper case, digits and other characters a new password has; 0 is better advice",
);
// A hundred years of days: their microseconds are far from overflow.
const PASSWORD_MAX_AGE_DAYS: Setting = Setting::new(
    "PASSWORD_MAX_AGE_DAYS",
    Written("0"),
    Allowed::whole(0, 36_500, "days"),
    "a password older than this has to be changed at the next login; 0: never, which is better advice",
);
// Each of them costs a hash whenever a password is chosen.
const PASSWORD_HISTORY: Setting = Setting::new(
    "PASSWORD_HISTORY",
    Written("0"),
    Allowed::whole(0, 10, "passwords"),
    "of so many passwords, the present one included, none may be chosen again; 0: only the present one",
);

pub(super) const SECTION: Section = Section {
    title: "Passwords",
    introduction: "What a new password must be like, on every path that sets one. Those that are known to be tried first are never accepted.",
    settings: SETTINGS,
};
pub const SETTINGS: &[Setting] =
    &[PASSWORD_MIN_LENGTH, PASSWORD_MIN_STRENGTH, PASSWORD_REQUIRED_CLASSES, PASSWORD_MAX_AGE_DAYS, PASSWORD_HISTORY];

const DAY: Duration = Duration::from_hours(24);

#[derive(Clone, Copy, Debug)]
pub struct PasswordSettings {
    /// In characters (Unicode scalar values).
    pub min_length: usize,
    /// 0–4, as `zxcvbn` counts.
    pub min_strength: u8,
    /// 0–4.
    pub required_classes: u8,
    /// `None`: passwords do not grow old.
    pub max_age: Option<Duration>,
    /// The present one included; 0: only the present one.
    pub history: u16,
}

pub(super) fn read(reader: &mut Reader<'_>) -> Result<PasswordSettings, Noted> {
    let min_length = reader.whole(&PASSWORD_MIN_LENGTH);
    let min_strength = reader.whole(&PASSWORD_MIN_STRENGTH);
    let required_classes = reader.whole(&PASSWORD_REQUIRED_CLASSES);
    let max_age_days: Result<u32, Noted> = reader.whole(&PASSWORD_MAX_AGE_DAYS);
    let history = reader.whole(&PASSWORD_HISTORY);
    Ok(PasswordSettings {
        min_length: min_length?,
        min_strength: min_strength?,
        required_classes: required_classes?,
        max_age: Some(DAY * max_age_days?).filter(|age| !age.is_zero()),
        history: history?,
    })
}
