//! What can happen, in the words of the audit trail.

/// An enum, the list of all its variants, and the word of each: from one table, so that none is forgotten.
macro_rules! actions {
    ($($(#[$doc:meta])* $variant:ident = $word:literal,)+) => {
        /// Each is a `noun.verb` in the past. A word stays what it is: events with it are kept for years.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action {
            $($(#[$doc])* $variant,)+
        }

        impl Action {
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }
    };
}

actions! {
    /// Somebody is in.
    SessionBegun = "session.begun",
    /// Its owner has shown a factor once more.
    SessionRenewed = "session.renewed",
    SessionEnded = "session.ended",
    /// Several at once, of one person or by a filter.
    SessionsEnded = "sessions.ended",
    SignInFailed = "sign_in.failed",
    /// A factor was right, and another one or a new password is owed.
    SignInChallenged = "sign_in.challenged",
    ReauthenticationFailed = "reauthentication.failed",
    /// One from before the head came back: stolen, or its owner was.
    RefreshTokenReused = "refresh_token.reused",
    /// A refresh token is newer than the database.
    StateRolledBack = "state.rolled_back",

    /// An account that waits until its address is shown to be its owner's.
    RegistrationRequested = "registration.requested",
    UserCreated = "user.created",
    UserChanged = "user.changed",
    UserDeleted = "user.deleted",
    UserLocked = "user.locked",
    UserUnlocked = "user.unlocked",
    /// Many at once, of another system.
    UsersImported = "users.imported",
    UsersExported = "users.exported",
    PersonalDataExported = "personal_data.exported",

    PasswordChanged = "password.changed",
    PasswordChangeFailed = "password.change_failed",
    PasswordResetRequested = "password.reset_requested",
    PasswordReset = "password.reset",
    /// By somebody else: it has to be changed.
    PasswordSet = "password.set",
    PasswordChangeRequired = "password.change_required",

    EmailVerificationRequested = "email.verification_requested",
    EmailVerified = "email.verified",
    EmailChangeRequested = "email.change_requested",
    EmailChanged = "email.changed",

    MfaOffered = "mfa.offered",
    MfaConfirmationFailed = "mfa.confirmation_failed",
    MfaTurnedOn = "mfa.turned_on",
    MfaTurnedOff = "mfa.turned_off",
    /// By somebody else.
    MfaReset = "mfa.reset",
    RecoveryCodeUsed = "recovery_code.used",
    RecoveryCodesReplaced = "recovery_codes.replaced",
    IdentityLinked = "identity.linked",
    IdentityUnlinked = "identity.unlinked",

    RoleGranted = "role.granted",
    RoleTaken = "role.taken",
    /// As a provider says it.
    RolesClaimed = "roles.claimed",
    RoleCreated = "role.created",
    RoleChanged = "role.changed",
    RoleDeleted = "role.deleted",

    InvitationMade = "invitation.made",
    InvitationWithdrawn = "invitation.withdrawn",
    SetUpOffered = "set_up.offered",

    ClientCreated = "client.created",
    ClientDeleted = "client.deleted",
    ClientSecretRotated = "client.secret_rotated",
    ClientSignedIn = "client.signed_in",
    ClientSignInFailed = "client.sign_in_failed",

    KeyCreated = "key.created",
    KeyRetired = "key.retired",
    /// What is sealed moves from `SECRET_KEY_PREVIOUS` to `SECRET_KEY`.
    KeysResealed = "keys.resealed",
    NodeStarted = "node.started",
    /// Put back to an earlier moment.
    DatabaseRestored = "database.restored",
    /// Copied here from another database.
    DatabaseCopied = "database.copied",

    AuditRead = "audit.read",
    AuditExported = "audit.exported",
    /// Events that were old enough went, and their seals stay.
    AuditDropped = "audit.dropped",
}

impl Action {
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_word_is_a_noun_and_a_verb_fits_its_column_and_stands_for_one_action() {
        let words: BTreeSet<_> = Action::ALL.iter().map(|action| action.word()).collect();
        assert_eq!(words.len(), Action::ALL.len());
        for word in words {
            let (noun, verb) = word.split_once('.').unwrap();
            let is_plain = |part: &str| !part.is_empty() && part.chars().all(|it| it.is_ascii_lowercase() || it == '_');
            assert!(is_plain(noun) && is_plain(verb) && word.len() <= 64, "{word}");
            assert_eq!(Action::parse(word).unwrap().word(), word);
        }
        assert_eq!(Action::parse("session.begins"), None);
    }
}
