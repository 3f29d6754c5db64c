//! From the strings of a body to the types of the domain, with every mistake at once.

use std::fmt::Display;

use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

use super::problem::{FieldError, Problem};
use crate::domain::account::Change;
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

    /// The same for a value that may be null; `Keep` where it cannot be taken.
    pub fn take_change<V, T, E: Display>(
        &mut self,
        pointer: &'static str,
        change: Change<V>,
        parse: impl FnOnce(V) -> Result<T, E>,
    ) -> Change<T> {
        match change {
            Change::Keep => Change::Keep,
            Change::Remove => Change::Remove,
            Change::Set(value) => self.take(pointer, parse(value)).map_or(Change::Keep, Change::Set),
        }
    }

    pub fn new_password(&mut self, pointer: &'static str, secret: SecretString) -> Option<NewPassword> {
        self.take(pointer, NewPassword::parse(secret))
    }

    pub fn given_password(&mut self, pointer: &'static str, secret: SecretString) -> Option<GivenPassword> {
        self.take(pointer, GivenPassword::parse(secret))
    }

    /// What was taken, where nothing was wrong with any of it.
    ///
    /// # Errors
    /// 422 with every mistake.
    pub fn finish<T>(self, taken: Option<T>) -> Result<T, Problem> {
        match taken {
            Some(taken) if self.errors.is_empty() => Ok(taken),
            Some(_) | None => Err(Problem::invalid_input(self.errors)),
        }
    }
}

/// For a field that can be set to null. With `#[serde(default)]`, one that is not there is kept.
pub fn nullable<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Change<T>, D::Error> {
    Option::deserialize(deserializer).map(|value: Option<T>| value.map_or(Change::Remove, Change::Set))
}
