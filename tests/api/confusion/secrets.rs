//! Every kind of secret, and the doors that are its own.

use keystead::store::one_time_tokens::Kind;

use super::doors::Door;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secret {
    Password,
    Access,
    Refresh,
    Device,
    ClientAccess,
    /// With which a program signs in.
    OfClient,
    SetUp,
    VerifyEmail,
    Register,
    ResetPassword,
    ChangeEmail,
    Invitation,
    MfaChallenge,
    PasswordChallenge,
    RecoveryCode,
    TotpCode,
    /// Of a secret that is not confirmed yet.
    NewTotpCode,
    /// Names and places that others may learn: good for nothing but to be named.
    SessionId,
    UserId,
    ClientId,
    FeedCursor,
    /// Of a sign-in with a provider.
    OauthState,
    OauthTicket,
    OauthCode,
    ProviderTicket,
    BrowserKey,
}

/// Exhaustive, so that a new kind gets a secret.
pub const fn of_kind(kind: Kind) -> Secret {
    match kind {
        Kind::SetUp => Secret::SetUp,
        Kind::VerifyEmail => Secret::VerifyEmail,
        Kind::Register => Secret::Register,
        Kind::ResetPassword => Secret::ResetPassword,
        Kind::ChangeEmail => Secret::ChangeEmail,
        Kind::Invitation => Secret::Invitation,
        Kind::MfaChallenge => Secret::MfaChallenge,
        Kind::PasswordChange => Secret::PasswordChallenge,
        Kind::OauthState => Secret::OauthState,
        Kind::OauthTicket => Secret::OauthTicket,
        Kind::OauthCode => Secret::OauthCode,
        Kind::ProviderTicket => Secret::ProviderTicket,
    }
}

impl Secret {
    /// In the order in which they are shown at their own doors: what ends sessions comes last.
    pub const ALL: [Self; 26] = [
        Self::OauthState,
        Self::OauthTicket,
        Self::OauthCode,
        Self::ProviderTicket,
        Self::BrowserKey,
        Self::UserId,
        Self::ClientId,
        Self::FeedCursor,
        Self::SessionId,
        Self::Password,
        Self::Access,
        Self::Device,
        Self::ClientAccess,
        Self::OfClient,
        Self::SetUp,
        Self::VerifyEmail,
        Self::Register,
        Self::Invitation,
        Self::NewTotpCode,
        Self::Refresh,
        Self::RecoveryCode,
        Self::TotpCode,
        Self::MfaChallenge,
        Self::PasswordChallenge,
        Self::ChangeEmail,
        Self::ResetPassword,
    ];

    pub const fn own(self) -> &'static [Door] {
        match self {
            Self::Password => &[Door::LoginPassword, Door::ReauthenticationPassword, Door::CurrentPassword],
            // RFC 7009, section 2.1: whichever token of a session is given back, the session ends.
            Self::Access => &[Door::Introspection, Door::Me, Door::Revocation],
            Self::Refresh => &[Door::Introspection, Door::Refresh, Door::RefreshGrant, Door::Revocation],
            Self::Device => &[Door::DeviceToken],
            Self::ClientAccess => &[Door::Introspection, Door::Feed],
            Self::OfClient => &[Door::ClientSecret, Door::ClientSecretInHeader],
            Self::SetUp => &[Door::SetUp],
            Self::VerifyEmail | Self::Register => &[Door::VerifyEmail],
            Self::ResetPassword => &[Door::ResetPassword],
            Self::ChangeEmail => &[Door::ConfirmEmailChange],
            Self::Invitation => &[Door::Invitation],
            Self::MfaChallenge => &[Door::MfaChallenge],
            Self::PasswordChallenge => &[Door::PasswordChallenge],
            Self::RecoveryCode => &[Door::RecoveryCode],
            Self::TotpCode => &[Door::TotpCode, Door::ReauthenticationCode],
            Self::NewTotpCode => &[Door::ConfirmTotp],
            Self::SessionId => &[Door::OwnSession],
            Self::FeedCursor => &[Door::FeedCursor],
            Self::OauthState => &[Door::OauthState],
            Self::OauthTicket => &[Door::OauthTicket],
            Self::OauthCode => &[Door::OauthCode],
            Self::ProviderTicket => &[Door::ReauthenticationTicket],
            Self::BrowserKey => &[Door::BrowserCookie],
            Self::UserId | Self::ClientId => &[],
        }
    }

    /// At its own doors; and access tokens are what bearers bring.
    pub fn is_good_at(self, door: Door) -> bool {
        let is_bearers = match door {
            Door::Bearer { path, .. } => {
                self == Self::Access || (self == Self::ClientAccess && path == "/v1/revocations")
            }
            _ => false,
        };
        is_bearers || self.own().contains(&door)
    }
}
