//! `keystead invitations …`: leave to register where not everybody may.
//!
//! Each command does what a call of the admin plane does, by the same flow, as the operator.

mod create;
mod list;
mod withdraw;

use clap::Subcommand;

use super::exit::{Exit, Failure};
use crate::flows::admin::invitations::WithdrawError;
use crate::flows::invite::InviteError;

#[derive(Debug, Subcommand)]
pub enum Invitations {
    /// Make one, good for a week: printed once, or mailed to the one address that it is for
    Create(create::Create),
    /// Print those that are still good, the latest first; never what lets somebody in
    List(list::List),
    /// Make one good for nothing
    Withdraw(withdraw::Withdraw),
}

pub async fn run(asked: Invitations) -> Result<(), Failure> {
    match asked {
        Invitations::Create(asked) => create::run(asked).await,
        Invitations::List(asked) => list::run(asked).await,
        Invitations::Withdraw(asked) => withdraw::run(asked).await,
    }
}

impl From<InviteError> for Failure {
    fn from(error: InviteError) -> Self {
        match error {
            InviteError::EmailTaken => {
                Self::new(Exit::Conflict, error.to_string()).hint("whoever has an account needs no invitation")
            }
            InviteError::Cause(cause) => cause.into(),
        }
    }
}

impl From<WithdrawError> for Failure {
    fn from(error: WithdrawError) -> Self {
        match error {
            WithdrawError::NoSuchInvitation => Self::new(Exit::NotFound, error.to_string())
                .hint("`keystead invitations list` shows those that are still good"),
            WithdrawError::Cause(cause) => cause.into(),
        }
    }
}
