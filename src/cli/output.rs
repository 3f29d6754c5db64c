//! What a command has to say: for people, or as JSON for scripts.

use std::fmt::Display;

use clap::Args;
use serde::Serialize;

use super::exit::Failure;
use super::terminal::say;
use crate::flows::cause::Cause;

/// The flag of every command that answers something (`#[command(flatten)]`).
#[derive(Clone, Copy, Debug, Args)]
pub struct Output {
    /// Print JSON: one object, or one a line where there are several
    #[arg(long)]
    pub json: bool,
}

impl Output {
    /// One line of JSON, or one text; of a list each row. Field names are those of the API and stay as they are.
    ///
    /// # Errors
    /// Standard output that is gone.
    pub fn tell(self, json: &impl Serialize, plain: impl Display) -> Result<(), Failure> {
        if self.json {
            let line = serde_json::to_string(json).map_err(|cause| Cause::Defect(cause.to_string()))?;
            Ok(say(line)?)
        } else {
            Ok(say(plain)?)
        }
    }

    /// What only people want to read, such as that a list is empty.
    ///
    /// # Errors
    /// As [`Output::tell`].
    pub fn remark(self, plain: impl Display) -> Result<(), Failure> {
        if self.json { Ok(()) } else { Ok(say(plain)?) }
    }
}
