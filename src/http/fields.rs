//! From the strings of a body to the types of the domain, with every mistake at once.

use std::fmt::Display;

use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

use super::problem::{FieldError, Problem};
use crate::domain::password::{GivenPassword, NewPassword};

/// Collects what is wrong while a body is parsed.
#[derive(Default)]
pub struct Fields {
    errors: Vec<FieldError>,
}

impl Fields {
    /// Notes the mistake, if it is one. `pointer`: where in the body the value stood.
    pub fn take<T, E: Display>(&mut self, pointer: &'static str, parsed: Result<T, E>) -> Option<T> {
        parsed.map_err(|error| self.errors.push(FieldError::new(pointer, "invalid_value", error.to_string()))).ok()
    }

    /// The same for a field that may be missing: the outer `None` is a mistake.
    pub fn take_optional<T, E: Display>(
        &mut self,
        pointer: &'static str,
        text: Option<&str>,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<Option<T>> {
        match text {
            None => Some(None),
            Some(text) => self.take(pointer, parse(text)).map(Some),
        }
    }

    pub fn new_password(&mut self, pointer: &'static str, secret: SecretString) -> Option<NewPassword> {
        self.take(pointer, NewPassword::parse(secret))
    }

    pub fn given_password(&mut self, pointer: &'static str, secret: SecretString) -> Option<GivenPassword> {
        self.take(pointer, GivenPassword::parse(secret))
    }

    /// 422 with all of them.
    pub fn refusal(self) -> Problem {
        Problem::invalid_input(self.errors)
    }
}

/// For a field that can be set to null: absent is `None`, null is `Some(None)`.
pub fn nullable<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}
