//! `keystead users …`: accounts, as administrators see and change them.
//!
//! Each command does what a call of the admin plane does, by the same flow, as the operator. A temporary password is all
//! that anybody sets for somebody else: its owner chooses another at the first sign-in.

mod change;
mod create;
mod deeds;
mod delete;
mod list;
mod roles;
mod set_password;
mod shown;
mod upsert;

use clap::Subcommand;

use super::exit::Failure;

#[derive(Debug, Subcommand)]
pub enum Users {
    /// Make an account
    Create(create::Create),
    /// Make an account, or bring the one that is there to what is said: for provisioning, again and again
    Upsert(upsert::Upsert),
    /// Print the accounts, or those that fit
    List(list::List),
    /// Print one account
    Get(deeds::Deed),
    /// Change what is said, and leave the rest
    Update(change::Change),
    /// Set a temporary password, which ends every session of the account
    SetPassword(set_password::SetPassword),
    /// Have the password changed at the next sign-in; sessions go on
    RequirePasswordChange(deeds::Deed),
    /// Let nobody in until the account is unlocked, and end every session of it
    Lock(deeds::Deed),
    /// Take the lock off, and forget the failed sign-ins that were counted against the account
    Unlock(deeds::Deed),
    /// Say that the e-mail address is its owner's
    VerifyEmail(deeds::Deed),
    /// Delete an account with all that is held about its owner
    Delete(delete::Delete),
    /// Which roles an account has
    #[command(subcommand)]
    Roles(roles::UserRoles),
}

pub async fn run(asked: Users) -> Result<(), Failure> {
    match asked {
        Users::Create(asked) => create::run(asked).await,
        Users::Upsert(asked) => upsert::run(asked).await,
        Users::List(asked) => list::run(asked).await,
        Users::Get(asked) => deeds::run(asked, deeds::Act::Look).await,
        Users::Update(asked) => change::run(asked).await,
        Users::SetPassword(asked) => set_password::run(asked).await,
        Users::RequirePasswordChange(asked) => deeds::run(asked, deeds::Act::RequirePasswordChange).await,
        Users::Lock(asked) => deeds::run(asked, deeds::Act::Lock).await,
        Users::Unlock(asked) => deeds::run(asked, deeds::Act::Unlock).await,
        Users::VerifyEmail(asked) => deeds::run(asked, deeds::Act::VerifyEmail).await,
        Users::Delete(asked) => delete::run(asked).await,
        Users::Roles(asked) => roles::run(asked).await,
    }
}
