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
            Self::Verified => (&[Mark::Unverified], None),
            Self::MfaOn => (&[], Some(Mark::Mfa)),
            Self::MfaOff => (&[Mark::Mfa], None),
            Self::Deleted => (&[], Some(Mark::Deleted)),
        };
        state.iter().copied().filter(|mark| !gone.contains(mark)).chain(new).collect()
    }
}

/// `None`: nobody has thought about this route yet.
pub fn class(method: &str, path: &str) -> Option<Class> {
    let effect = match (method, path) {
        ("post", "/v1/login" | "/v1/login/mfa" | "/v1/login/password") => return Some(Class::LetsIn),
        ("post", "/v1/token/refresh" | "/oauth2/token" | "/v1/me/reauthenticate") => return Some(Class::LetsIn),
        ("post", "/v1/password/change" | "/v1/password/reset") => Effect::NewPassword,
        ("post", "/v1/email/verify" | "/v1/email/change/confirm") => Effect::Verified,
        ("post", "/v1/me/mfa/totp/confirm") => Effect::MfaOn,
        ("delete", "/v1/me/mfa/totp") => Effect::MfaOff,
        ("post", "/v1/me/delete") => Effect::Deleted,
        ("post", "/v1/setup" | "/v1/register" | "/v1/logout")
        | ("get" | "patch", "/v1/me")
        | ("get", "/v1/me/export" | "/v1/me/sessions" | "/v1/me/mfa" | "/v1/revocations")
        | ("delete", "/v1/me/sessions/{id}")
        | ("post", "/v1/me/mfa/totp" | "/v1/me/mfa/recovery-codes")
        | ("post", "/v1/password/forgot" | "/v1/password/check" | "/v1/email/verify/resend" | "/v1/email/change")
        | ("get", "/v1/password/policy" | "/pages/reset-password" | "/pages/verify-email")
        | ("post", "/oauth2/introspect" | "/oauth2/revoke")
        | ("get", "/.well-known/jwks.json" | "/.well-known/oauth-authorization-server")
        | ("get", "/livez" | "/readyz" | "/version") => Effect::Nothing,
        _ => return None,
    };
    Some(Class::Never(effect))
}
