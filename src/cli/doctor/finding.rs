//! One line of what was found, and what to do about it.

use std::fmt;

use serde::Serialize;

/// Something that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// One word for what was looked at; several findings may have the same.
    pub check: &'static str,
    pub state: State,
    pub text: String,
    /// What to do. Nothing, where all is well.
    pub remedy: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Ok,
    /// It works, and somebody should know.
    Warn,
    /// It does not work, or not safely.
    Fail,
}

pub fn ok(check: &'static str, text: impl Into<String>) -> Finding {
    Finding { check, state: State::Ok, text: text.into(), remedy: None }
}

pub fn warn(check: &'static str, text: impl Into<String>, remedy: impl Into<String>) -> Finding {
    Finding { check, state: State::Warn, text: text.into(), remedy: Some(remedy.into()) }
}

pub fn fail(check: &'static str, text: impl Into<String>, remedy: impl Into<String>) -> Finding {
    Finding { check, state: State::Fail, text: text.into(), remedy: Some(remedy.into()) }
}

/// As people read it: one line, and what to do on the next.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Ok => "ok",
            State::Warn => "warn",
            State::Fail => "FAIL",
        };
        write!(f, "{state:4}  {:14} {}", self.check, self.text)?;
        match &self.remedy {
            Some(remedy) => write!(f, "\n      {:14} -> {remedy}", ""),
            None => Ok(()),
        }
    }
}
