//! Making an account of one's own: at once, or when the mail to its address is answered.

use uuid::Uuid;

use super::conn::Conn;
use super::error::overtaken;
use super::mailed_tokens::{self, MailToken};
use super::one_time_tokens::{self, Kind};
use super::query::Query;
use super::users::{self, Created};
use crate::domain::account::NewAccount;
use crate::domain::role::USER;
use crate::domain::username::Username;

/// A one-time token that a unit spends.
#[derive(Clone, Copy, Debug)]
pub struct Spend {
    pub token_hash: [u8; 32],
    pub attempt: Uuid,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registered {
    Yes,
    /// The token is not good, or no longer. Never an answer where none was brought.
    TokenSpent,
    EmailTaken,
    UsernameTaken,
}

impl From<Created> for Registered {
    fn from(created: Created) -> Self {
        match created {
            Created::Yes => Self::Yes,
            Created::EmailTaken => Self::EmailTaken,
            Created::UsernameTaken => Self::UsernameTaken,
        }
    }
}

/// Makes an account at once.
pub struct Register {
    pub account: NewAccount,
    pub invitation: Option<Spend>,
    /// Asks for a proof of the address.
    pub verification: Option<MailToken>,
}

impl Query for Register {
    type Output = Registered;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Registered> {
        if let Some(invitation) = &self.invitation {
            let names = (self.account.email.as_ref(), self.account.username.as_ref());
            let taken = users::who_holds(conn, self.account.id, names.0, names.1).await?;
            match spend(conn, Kind::Invitation, invitation, taken.into()).await? {
                Registered::Yes => {}
                refused => return Ok(refused),
            }
        }
        match users::create(conn, &self.account, USER.name).await? {
            Created::Yes => {}
            // The invitation must stay good.
            _taken_meanwhile if self.invitation.is_some() => return Err(overtaken()),
            taken => return Ok(taken.into()),
        }
        if let Some(verification) = &self.verification {
            mailed_tokens::mail(conn, verification).await?;
        }
        Ok(Registered::Yes)
    }
}

/// Looks first, so that what is refused has spent nothing.
async fn spend(conn: &mut Conn<'_>, kind: Kind, spend: &Spend, names: Registered) -> sqlx::Result<Registered> {
    if one_time_tokens::find(conn, kind, spend.token_hash, spend.attempt).await?.is_none() {
        return Ok(Registered::TokenSpent);
    }
    if names != Registered::Yes {
        return Ok(names);
    }
    let won = one_time_tokens::consume(conn, kind, spend.token_hash, spend.attempt).await?;
    Ok(if won.is_some() { Registered::Yes } else { Registered::TokenSpent })
}

/// Keeps an account, sealed beside a token, until the token comes back. The same work whether or not the address has an
/// account: what differs is in the mail alone.
pub struct AwaitProof {
    /// Taken ones are refused; a name is not reserved.
    pub username: Option<Username>,
    pub invitation: Option<Spend>,
    pub mail: MailToken,
}

impl Query for AwaitProof {
    /// Never `EmailTaken`.
    type Output = Registered;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Registered> {
        let taken = users::who_holds(conn, Uuid::nil(), None, self.username.as_ref()).await?;
        let admitted = match &self.invitation {
            Some(invitation) => spend(conn, Kind::Invitation, invitation, taken.into()).await?,
            None => taken.into(),
        };
        if admitted == Registered::Yes {
            mailed_tokens::mail(conn, &self.mail).await?;
        }
        Ok(admitted)
    }
}

/// Makes the account that waited. Of several that wait for one address, the first to come back is made.
pub struct FinishRegistration {
    pub token: Spend,
    /// Under an id of this very attempt, whatever waited.
    pub account: NewAccount,
}

impl Query for FinishRegistration {
    type Output = Registered;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Registered> {
        let NewAccount { id, email, username, .. } = &self.account;
        let taken = users::who_holds(conn, *id, email.as_ref(), username.as_ref()).await?;
        match spend(conn, Kind::Register, &self.token, taken.into()).await? {
            Registered::Yes => {}
            refused => return Ok(refused),
        }
        // The other tokens of the address are left alone, for whoever redeems one of them holds its row and waits for the
        // address. They find it taken.
        match users::create(conn, &self.account, USER.name).await? {
            Created::Yes => Ok(Registered::Yes),
            Created::EmailTaken | Created::UsernameTaken => Err(overtaken()),
        }
    }
}
