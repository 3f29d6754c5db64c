//! Parameters of a form or a query string, read into a type by serde.
//!
//! Mistakes are an enum here, not words, so nothing of a value can slip into an answer. Whether an unknown parameter is
//! one is for the caller to say: a form ignores it, a query string does not.

mod value;

use serde::Deserialize;
use serde::de::value::MapDeserializer;
use serde::de::{DeserializeOwned, Error, Expected, Unexpected};

use super::urlencoded::{self, Malformed, Pair};
use value::{Borrowed, Parameter};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ParameterError {
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The name is the type's own, never a client's.
    #[error("the parameter {0} is missing")]
    Missing(&'static str),
    #[error("the parameter {0} is not acceptable")]
    Invalid(String),
    #[error("a parameter is not acceptable")]
    Unacceptable,
}

/// What was read, and the first parameter that the type does not know.
pub(super) struct Parameters<T> {
    pub known: T,
    pub unknown: Option<String>,
}

pub(super) fn parse<T: DeserializeOwned>(encoded: &[u8]) -> Result<Parameters<T>, ParameterError> {
    read(&urlencoded::pairs(encoded)?)
}

/// Into a type that may borrow from the `pairs`.
pub(super) fn read<'p, T: Deserialize<'p>>(pairs: &'p [Pair<'_>]) -> Result<Parameters<T>, ParameterError> {
    let entries = pairs.iter().map(|(name, value)| (Borrowed(name), Parameter { name, value }));
    let mut unknown = None;
    let known = serde_ignored::deserialize(MapDeserializer::new(entries), |path| {
        unknown.get_or_insert_with(|| path.to_string());
    })?;
    Ok(Parameters { known, unknown })
}

impl Error for ParameterError {
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        Self::Unacceptable
    }

    fn invalid_type(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self::Unacceptable
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Missing(field)
    }
}

impl ParameterError {
    fn of(self, name: &str) -> Self {
        match self {
            Self::Unacceptable => Self::Invalid(name.to_owned()),
            Self::Malformed(_) | Self::Missing(_) | Self::Invalid(_) => self,
        }
    }
}
