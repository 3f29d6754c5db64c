//! What is written to people by mail. The words stand in the templates; here is what each letter has to say.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};

use super::clock::Timestamp;

/// One letter. Tokens in it are good once, and whoever holds one may do what it says.
#[derive(Clone, Debug)]
pub enum Letter {
    /// Press the link, and the address counts as yours. For an account that exists, and for one that waits to be born.
    VerifyEmail {
        token: SecretString,
    },
    /// Somebody registered with an address that has an account.
    AddressTaken,
    ResetPassword {
        token: SecretString,
    },
    /// To the new address.
    ConfirmEmailChange {
        token: SecretString,
    },
    /// To the old address, once it is no longer the account's.
    EmailChanged {
        new_email: String,
    },
    PasswordChanged,
    MfaChanged {
        change: MfaChange,
    },
    /// Another provider opens the account, or does not any more.
    IdentityChanged {
        /// As people know it.
        provider: String,
        linked: bool,
    },
    NewDevice {
        ip: Option<String>,
        user_agent: Option<String>,
        at: Timestamp,
    },
    Invitation {
        token: SecretString,
    },
    /// Goes to nobody: written where nobody is to be told, so that it takes as long as where somebody is.
    Discard,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MfaChange {
    TurnedOn,
    TurnedOff,
    RecoveryCodesReplaced,
    RecoveryCodeUsed,
}

impl Letter {
    /// The kind of [`Letter::Discard`].
    pub const DISCARD: &'static str = "discard";

    /// Its name in the table, in metrics, and of its templates.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::VerifyEmail { .. } => "verify_email",
            Self::AddressTaken => "address_taken",
            Self::ResetPassword { .. } => "reset_password",
            Self::ConfirmEmailChange { .. } => "confirm_email_change",
            Self::EmailChanged { .. } => "email_changed",
            Self::PasswordChanged => "password_changed",
            Self::MfaChanged { .. } => "mfa_changed",
            Self::IdentityChanged { .. } => "identity_changed",
            Self::NewDevice { .. } => "new_device",
            Self::Invitation { .. } => "invitation",
            Self::Discard => Self::DISCARD,
        }
    }

    /// What its templates may name besides what every letter has. Holds the token in the clear.
    pub fn facts(&self) -> BTreeMap<&'static str, String> {
        match self {
            Self::VerifyEmail { token }
            | Self::ResetPassword { token }
            | Self::ConfirmEmailChange { token }
            | Self::Invitation { token } => [("token", token.expose_secret().to_owned())].into(),
            Self::EmailChanged { new_email } => [("new_email", new_email.clone())].into(),
            Self::MfaChanged { change } => [("change", change.word().to_owned())].into(),
            Self::IdentityChanged { provider, linked } => {
                let change = if *linked { "linked" } else { "unlinked" };
                [("provider", provider.clone()), ("change", change.to_owned())].into()
            }
            Self::NewDevice { ip, user_agent, at } => [
                ("ip", ip.clone().unwrap_or_default()),
                ("user_agent", user_agent.clone().unwrap_or_default()),
                ("at", at.rfc3339()),
            ]
            .into(),
            Self::AddressTaken | Self::PasswordChanged | Self::Discard => BTreeMap::new(),
        }
    }
}

impl MfaChange {
    pub const ALL: [Self; 4] = [Self::TurnedOn, Self::TurnedOff, Self::RecoveryCodesReplaced, Self::RecoveryCodeUsed];

    const fn word(self) -> &'static str {
        match self {
            Self::TurnedOn => "turned_on",
            Self::TurnedOff => "turned_off",
            Self::RecoveryCodesReplaced => "recovery_codes_replaced",
            Self::RecoveryCodeUsed => "recovery_code_used",
        }
    }
}
