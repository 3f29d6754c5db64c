//! An account that waits to be born: sealed beside the token that was mailed to its address.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Context;
use super::cause::Cause;
use super::mailed_token::Mailing;
use crate::domain::account::NewAccount;
use crate::domain::clock::Timestamp;
use crate::domain::email::Email;
use crate::domain::letter_limit::LetterLimit;
use crate::domain::profile::{DisplayName, Metadata};
use crate::domain::username::Username;
use crate::store::one_time_tokens::Kind;

/// A day, as for every proof of an address: whoever registers in the evening reads the mail in the morning.
pub(super) const VERIFICATION_TTL: Duration = Duration::from_hours(24);
/// More than of other mail, because each may be of another person: a handful of requests must not keep the owner of an
/// address from registering.
const LETTERS: u16 = 20;

/// Everything of an account that its owner has said; each part was parsed before, and is parsed again.
#[derive(Serialize, Deserialize)]
pub(super) struct Pending {
    email: String,
    username: Option<String>,
    /// PHC string: what was typed is kept nowhere.
    hashed_password: Option<String>,
    display_name: Option<String>,
    metadata: Option<String>,
}

/// To whom the tokens of the registrations of an address belong: nobody that there is, and always the same for it, so
/// that they are found when another mail is asked for.
pub(super) fn pending_id(context: &Context, email: &Email) -> Uuid {
    context.house.sealer.pseudonym("registration", email.key())
}

impl Pending {
    pub(super) fn of(account: &NewAccount, email: &Email) -> Self {
        Self {
            email: email.as_entered().to_owned(),
            username: account.username.as_ref().map(|name| name.as_entered().to_owned()),
            hashed_password: account.hashed_password.clone(),
            display_name: account.display_name.as_ref().map(|name| name.as_str().to_owned()),
            metadata: account.metadata.as_ref().map(|metadata| metadata.as_str().to_owned()),
        }
    }

    /// As large, and nobody's: what is kept where the address has an account already.
    pub(super) fn blank(&self) -> Self {
        let blank = |text: &Option<String>| text.as_ref().map(|text| " ".repeat(text.len()));
        Self {
            email: " ".repeat(self.email.len()),
            username: blank(&self.username),
            hashed_password: blank(&self.hashed_password),
            display_name: blank(&self.display_name),
            metadata: blank(&self.metadata),
        }
    }

    /// `email`: the address that somebody registers with, whoever is written to.
    pub(super) fn mailing<'a>(&'a self, user_id: Uuid, email: &Email, recipient: Option<&'a str>) -> Mailing<'a, Self> {
        let limits = vec![LetterLimit::to_address("registration", email, LETTERS)];
        let (kind, ttl) = (Kind::Register, VERIFICATION_TTL);
        Mailing { kind, user_id, payload: self, ttl, limits, supersedes: None, recipient }
    }

    /// As it was entered.
    pub(super) fn email(&self) -> &str {
        &self.email
    }

    /// The account, with an id of this attempt: where two tokens hold the same registration, only one makes it.
    ///
    /// # Errors
    /// [`Cause::Defect`], where this version cannot read what an earlier one took.
    pub(super) fn account(self, now: Timestamp) -> Result<NewAccount, Cause> {
        let defect = |what: &str| Cause::Defect(format!("a registration that waits holds no good {what}"));
        let email = Email::parse(&self.email).map_err(|_| defect("address"))?;
        let username = self.username.map(|text| Username::parse(&text)).transpose();
        let display_name = self.display_name.map(|text| DisplayName::parse(&text)).transpose();
        let metadata = self.metadata.map(|text| Metadata::parse(&text)).transpose();
        Ok(NewAccount {
            id: Uuid::now_v7(),
            email: Some(email),
            username: username.map_err(|_| defect("username"))?,
            hashed_password: self.hashed_password,
            display_name: display_name.map_err(|_| defect("name"))?,
            metadata: metadata.map_err(|_| defect("metadata"))?,
            email_verified_at: Some(now),
            created_at: now,
        })
    }
}
