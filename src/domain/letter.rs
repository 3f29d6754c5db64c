//! What is written to people by mail. The words stand in the templates; here is what each letter has to say.

use secrecy::SecretString;

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
            Self::NewDevice { .. } => "new_device",
            Self::Invitation { .. } => "invitation",
            Self::Discard => "discard",
        }
    }
}
