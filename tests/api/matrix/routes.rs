//! Whether a route can let somebody in. Here a new route gets its class.

use super::rule::{Mark, State};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Can answer with tokens or a challenge: a door in `doors.rs`.
    LetsIn,
    /// Never answers with either, whoever asks: a call in `calls.rs`, and what it changes when it works.
    Never(Effect),
}

/// What a call changes for the account's next login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    Nothing,
    NewPassword,
    /// By a token that was mailed, which shows the address too.
    Recovered,
    Verified,
    MfaOn,
    MfaOff,
    Deleted,
}

impl Effect {
    /// The state after it.
    pub fn on(self, state: &State) -> State {
        let (gone, new): (&[Mark], Option<Mark>) = match self {
            Self::Nothing => (&[], None),
            Self::NewPassword => (&[Mark::MustChange, Mark::Expired], None),
            Self::Recovered => (&[Mark::MustChange, Mark::Expired, Mark::Unverified], None),
            Self::Verified => (&[Mark::Unverified], None),
            Self::MfaOn => (&[], Some(Mark::Mfa)),
            Self::MfaOff => (&[Mark::Mfa], None),
            Self::Deleted => (&[], Some(Mark::Deleted)),
        };
        state.iter().copied().filter(|mark| !gone.contains(mark)).chain(new).collect()
    }
}

/// Those that can answer with tokens or a challenge.
const LETS_IN: &[(&str, &str)] = &[
    ("post", "/v1/login"),
    ("post", "/v1/login/mfa"),
    ("post", "/v1/login/password"),
    ("post", "/v1/token/refresh"),
    ("post", "/oauth2/token"),
    ("post", "/v1/me/reauthenticate"),
    ("post", "/v1/oauth/exchange"),
];

/// Those that never do, with what they change.
const NEVER: &[(&str, &str, Effect)] = &[
    ("post", "/v1/setup", Effect::Nothing),
    ("post", "/v1/register", Effect::Nothing),
    ("post", "/v1/logout", Effect::Nothing),
    ("get", "/v1/me", Effect::Nothing),
    ("patch", "/v1/me", Effect::Nothing),
    ("get", "/v1/me/export", Effect::Nothing),
    ("post", "/v1/me/delete", Effect::Deleted),
    ("get", "/v1/me/sessions", Effect::Nothing),
    ("delete", "/v1/me/sessions/{id}", Effect::Nothing),
    ("get", "/v1/me/events", Effect::Nothing),
    ("get", "/v1/me/mfa", Effect::Nothing),
    ("post", "/v1/me/mfa/totp", Effect::Nothing),
    ("post", "/v1/me/mfa/totp/confirm", Effect::MfaOn),
    ("delete", "/v1/me/mfa/totp", Effect::MfaOff),
    ("post", "/v1/me/mfa/recovery-codes", Effect::Nothing),
    ("get", "/v1/me/identities", Effect::Nothing),
    ("post", "/v1/me/identities/{id}", Effect::Nothing),
    ("delete", "/v1/me/identities/{id}", Effect::Nothing),
    ("post", "/v1/me/reauthenticate/{provider}", Effect::Nothing),
    ("get", "/v1/oauth/providers", Effect::Nothing),
    ("get", "/v1/oauth/{provider}/start", Effect::Nothing),
    ("get", "/v1/oauth/{provider}/callback", Effect::Nothing),
    ("get", "/v1/password/policy", Effect::Nothing),
    ("post", "/v1/password/check", Effect::Nothing),
    ("post", "/v1/password/change", Effect::NewPassword),
    ("post", "/v1/password/forgot", Effect::Nothing),
    ("post", "/v1/password/reset", Effect::Recovered),
    ("post", "/v1/email/verify", Effect::Verified),
    ("post", "/v1/email/verify/resend", Effect::Nothing),
    ("post", "/v1/email/change", Effect::Nothing),
    ("post", "/v1/email/change/confirm", Effect::Verified),
    ("get", "/pages/reset-password", Effect::Nothing),
    ("get", "/pages/verify-email", Effect::Nothing),
    ("get", "/v1/revocations", Effect::Nothing),
    ("post", "/oauth2/introspect", Effect::Nothing),
    ("post", "/oauth2/revoke", Effect::Nothing),
    ("get", "/.well-known/jwks.json", Effect::Nothing),
    ("get", "/.well-known/oauth-authorization-server", Effect::Nothing),
    ("get", "/livez", Effect::Nothing),
    ("get", "/readyz", Effect::Nothing),
    ("get", "/version", Effect::Nothing),
];

/// `None`: nobody has thought about this route yet.
pub fn class(route: (&str, &str)) -> Option<Class> {
    if LETS_IN.contains(&route) {
        return Some(Class::LetsIn);
    }
    let found = NEVER.iter().find(|(method, path, _)| (*method, *path) == route);
    found.map(|(_, _, effect)| Class::Never(*effect))
}
