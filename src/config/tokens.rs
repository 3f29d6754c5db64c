//! Tokens and sessions: how they are signed, whom they name, how long they last.

use std::time::Duration;

use super::mistake::Mistake;
use super::reader::{Noted, Reader};
use super::setting::Allowed::{self, Text, Words};
use super::setting::Fallback::{Derived, Written};
use super::setting::{Section, Setting};
use crate::domain::signing_algorithm::Algorithm;

const NAME: Allowed = Text("a URL or name without spaces");

const JWT_ALGORITHM: Setting = Setting::new(
    "JWT_ALGORITHM",
    Written("EdDSA"),
    Words(&["EdDSA", "ES256", "RS256"]),
    "signs access tokens; a change makes a new signing key",
);
const JWT_ISSUER: Setting = Setting::new("JWT_ISSUER", Derived("PUBLIC_URL"), NAME, "the claim iss of access tokens");
const JWT_AUDIENCE: Setting =
    Setting::new("JWT_AUDIENCE", Derived("PUBLIC_URL"), NAME, "the claim aud of access tokens");
// A day: an access token that its verifier never asks about stays good for this long after a logout.
const JWT_ACCESS_TOKEN_EXPIRES: Setting = Setting::new(
    "JWT_ACCESS_TOKEN_EXPIRES",
    Written("900"),
    Allowed::whole(1, 86_400, "seconds"),
    "life of an access token, in seconds; shorter is safer",
);
// The upper bounds (10 years) keep sums of them and of the clock far from overflow.
const JWT_REFRESH_TOKEN_EXPIRES: Setting = Setting::new(
    "JWT_REFRESH_TOKEN_EXPIRES",
    Written("604800"),
    Allowed::whole(1, 315_360_000, "seconds"),
    "a session that is not refreshed for this long ends, in seconds; at most SESSION_MAX_AGE",
);
const SESSION_MAX_AGE: Setting = Setting::new(
    "SESSION_MAX_AGE",
    Written("2592000"),
    Allowed::whole(1, 315_360_000, "seconds"),
    "a session ends at this age however often it is refreshed, in seconds",
);
const REFRESH_GRACE_SECONDS: Setting = Setting::new(
    "REFRESH_GRACE_SECONDS",
    Written("10"),
    Allowed::whole(0, 300, "seconds"),
    "a refresh token presented again within this time gets the same answer; 0: it ends the session",
);

pub(super) const SECTION: Section =
    Section { title: "Tokens and sessions", introduction: "All times are whole seconds.", settings: SETTINGS };
pub const SETTINGS: &[Setting] = &[
    JWT_ALGORITHM,
    JWT_ISSUER,
    JWT_AUDIENCE,
    JWT_ACCESS_TOKEN_EXPIRES,
    JWT_REFRESH_TOKEN_EXPIRES,
    SESSION_MAX_AGE,
    REFRESH_GRACE_SECONDS,
];

#[derive(Clone, Debug)]
pub struct TokenSettings {
    pub algorithm: Algorithm,
    /// As given; see [`Self::issuer_or`].
    pub issuer: Option<String>,
    /// As given; see [`Self::audience_or`].
    pub audience: Option<String>,
    pub access_ttl: Duration,
    /// Sliding: counted from the last refresh.
    pub refresh_ttl: Duration,
    /// Absolute: counted from the login.
    pub session_max_age: Duration,
    pub refresh_grace: Duration,
}

impl TokenSettings {
    /// The claim `iss`.
    #[must_use]
    pub fn issuer_or(&self, public_url: &str) -> String {
        self.issuer.clone().unwrap_or_else(|| public_url.to_owned())
    }

    /// The claim `aud`.
    #[must_use]
    pub fn audience_or(&self, public_url: &str) -> String {
        self.audience.clone().unwrap_or_else(|| public_url.to_owned())
    }
}

pub(super) fn read(reader: &mut Reader<'_>) -> Result<TokenSettings, Noted> {
    let algorithm = reader.value(&JWT_ALGORITHM, algorithm);
    let issuer = reader.optional(&JWT_ISSUER, name);
    let audience = reader.optional(&JWT_AUDIENCE, name);
    let access_ttl = reader.seconds(&JWT_ACCESS_TOKEN_EXPIRES);
    let refresh_ttl = reader.seconds(&JWT_REFRESH_TOKEN_EXPIRES);
    let session_max_age = reader.seconds(&SESSION_MAX_AGE);
    let refresh_grace = reader.seconds(&REFRESH_GRACE_SECONDS);
    if let (Ok(refresh), Ok(session)) = (refresh_ttl, session_max_age)
        && refresh > session
    {
        let remedy = format!("must be at most {} ({})", SESSION_MAX_AGE.name, session.as_secs());
        reader.note(Mistake::new(JWT_REFRESH_TOKEN_EXPIRES.name, format!("is {}", refresh.as_secs()), remedy));
    }
    Ok(TokenSettings {
        algorithm: algorithm?,
        issuer: issuer?,
        audience: audience?,
        access_ttl: access_ttl?,
        refresh_ttl: refresh_ttl?,
        session_max_age: session_max_age?,
        refresh_grace: refresh_grace?,
    })
}

fn algorithm(word: &str) -> Option<Algorithm> {
    word.parse().ok()
}

fn name(text: &str) -> Option<String> {
    (!text.contains(|c: char| c.is_whitespace() || c.is_control())).then(|| text.to_owned())
}
