//! Passwords on the command line: from standard input or from the terminal, never from an argument.

use std::io;

use clap::Args;
use secrecy::{ExposeSecret as _, SecretString};

use super::exit::{Exit, Failure};
use super::terminal;
use crate::domain::password::{NewPassword, PasswordPolicy};

/// Where a temporary password comes from (`#[command(flatten)]`).
#[derive(Clone, Copy, Debug, Args)]
pub struct TemporaryPassword {
    /// Read the password from standard input, one line; its owner has to change it at the first sign-in
    #[arg(long)]
    password_stdin: bool,
    /// Make a password and print it, this once; its owner has to change it at the first sign-in
    #[arg(long, conflicts_with = "password_stdin")]
    generate: bool,
}

/// One that was chosen, or made.
pub struct Chosen {
    pub password: NewPassword,
    /// Nobody knows it yet.
    pub to_print: Option<SecretString>,
}

impl TemporaryPassword {
    /// `None`: nothing was said.
    ///
    /// # Errors
    /// A mistake, where standard input has none.
    pub fn choose(self, policy: &PasswordPolicy) -> Result<Option<Chosen>, Failure> {
        if self.generate {
            let password = NewPassword::random(policy).map_err(|error| mistake(&error.to_string()))?;
            let to_print = Some(password.secret().clone());
            return Ok(Some(Chosen { password, to_print }));
        }
        if self.password_stdin { Ok(Some(Chosen { password: of_stdin()?, to_print: None })) } else { Ok(None) }
    }

    /// The same, and where nothing was said it is asked for at the terminal.
    ///
    /// # Errors
    /// A mistake, also where nobody is at a terminal.
    pub fn choose_or_ask(self, policy: &PasswordPolicy, question: &str) -> Result<Chosen, Failure> {
        match self.choose(policy)? {
            Some(chosen) => Ok(chosen),
            None if terminal::somebody_is_there() => Ok(Chosen { password: asked_for(question)?, to_print: None }),
            None => Err(mistake("there is none").hint("pipe it in with --password-stdin, or say --generate")),
        }
    }
}

/// One line of standard input.
///
/// # Errors
/// A mistake, where there is none or it cannot be one.
pub fn of_stdin() -> Result<NewPassword, Failure> {
    parse(terminal::line_of_stdin().map_err(|cause| unread(&cause))?)
}

/// Asked twice: nobody sees what is typed.
///
/// # Errors
/// A mistake.
pub fn asked_for(question: &str) -> Result<NewPassword, Failure> {
    let ask = |question: &str| terminal::ask_in_secret(question).map_err(|cause| unread(&cause));
    let (first, second) = (ask(question)?, ask("Once more: ")?);
    if first.expose_secret() == second.expose_secret() { parse(first) } else { Err(mistake("the two differ")) }
}

/// # Errors
/// A mistake, where it is too long.
pub fn parse(text: SecretString) -> Result<NewPassword, Failure> {
    NewPassword::parse(text).map_err(|error| mistake(&error.to_string()))
}

fn unread(cause: &io::Error) -> Failure {
    match cause.kind() {
        io::ErrorKind::UnexpectedEof => mistake("there is none"),
        io::ErrorKind::InvalidData => mistake("it is not UTF-8"),
        io::ErrorKind::Interrupted => mistake("interrupted"),
        _ => mistake(&cause.to_string()),
    }
}

fn mistake(why: &str) -> Failure {
    Failure::new(Exit::Mistake, format!("the password: {why}"))
}
