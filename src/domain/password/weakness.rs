//! Why a new password is refused. The codes are part of the API; the texts are for people.

use std::fmt;

/// One reason. None of them repeats anything of the password or of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Weakness {
    TooShort {
        min_length_chars: usize,
    },
    /// Long enough only together with words from the account or the product's name.
    AccountWords {
        min_length_chars: usize,
    },
    TooFewClasses {
        required_classes: u8,
    },
    /// It stands in the list of those that are tried first.
    Common,
    /// `advice`: what makes it so, in a sentence or two; may be empty.
    Guessable {
        advice: String,
    },
    /// It is the one that is to be replaced.
    Unchanged,
    UsedBefore,
}

impl Weakness {
    /// The stable name, in `snake_case`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooShort { .. } => "too_short",
            Self::AccountWords { .. } => "account_words",
            Self::TooFewClasses { .. } => "too_few_classes",
            Self::Common => "too_common",
            Self::Guessable { .. } => "too_guessable",
            Self::Unchanged => "unchanged",
            Self::UsedBefore => "used_before",
        }
    }
}

impl fmt::Display for Weakness {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort { min_length_chars } => write!(out, "it has fewer than {min_length_chars} characters"),
            Self::AccountWords { min_length_chars } => write!(
                out,
                "it has fewer than {min_length_chars} characters beside words from the account's names and addresses or \
                 the name of this service"
            ),
            Self::TooFewClasses { required_classes } => write!(
                out,
                "it has fewer than {required_classes} of these: lower-case letters, upper-case letters, digits, \
                 other characters"
            ),
            Self::Common => write!(out, "it is one of the passwords that are tried first"),
            Self::Guessable { advice } if advice.is_empty() => write!(out, "it is too easy to guess"),
            Self::Guessable { advice } => write!(out, "it is too easy to guess. {advice}"),
            Self::Unchanged => write!(out, "it is the password that is to be replaced"),
            Self::UsedBefore => write!(out, "it was used before"),
        }
    }
}
