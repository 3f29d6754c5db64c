//! Another e-mail address: asked for by whoever is signed in, and confirmed from the new address.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::cause::Cause;
use super::letters::seal_letter;
use super::mailed_token::{LETTERS, Mailing, address_of, mailed_token};
use super::{Context, Visit, token_payload};
use crate::domain::access_token::AccessClaims;
use crate::domain::audit_event::{Action, Actor};
use crate::domain::email::Email;
use crate::domain::letter::Letter;
use crate::domain::letter_limit::LetterLimit;
use crate::domain::secret_token::SecretToken;
use crate::domain::username::Identifier;
use crate::store::addresses::{AddressChanged, ChangeAddress};
use crate::store::audited::audited;
use crate::store::one_time_tokens::{FindToken, Kind};
use crate::store::registrations::Spend;
use crate::store::users::{FindCredentials, FindUser};

/// A day, as for every proof of an address.
const TTL: Duration = Duration::from_hours(24);

/// What letters are counted as.
const CHANGE: &str = "change";

#[derive(Serialize, Deserialize)]
struct Wanted {
    /// As it was entered.
    new_email: String,
    /// The user's when it was asked for. A password that was changed or reset since, or a sign-out everywhere, ends this
    /// too: whoever had taken the account over must not get it back by a mail that is on its way.
    auth_epoch: i64,
}

#[derive(Debug, thiserror::Error)]
pub enum ChangeEmailError {
    #[error("there is no such account")]
    NoSuchAccount,
    #[error(transparent)]
    Cause(#[from] Cause),
}

/// Asks the new address. Whether it has an account already shows in no answer: then its owner is told instead.
///
/// # Errors
/// [`ChangeEmailError`].
pub async fn change_email(
    context: &Context,
    visit: &Visit,
    claims: &AccessClaims,
    new: &Email,
) -> Result<(), ChangeEmailError> {
    let (database, id) = (&context.house.database, claims.sub);
    let row = database.run(FindUser { id }, visit.deadline).await.map_err(Cause::from)?;
    let standing = row.ok_or(ChangeEmailError::NoSuchAccount)?.standing();
    let find = FindCredentials(Identifier::Email(new.clone()));
    let holder = database.run(find, visit.deadline).await.map_err(Cause::from)?;
    let other = holder.filter(|row| row.user.standing().user_id != id);
    let owner = other.as_ref().and_then(|row| address_of(&row.user));
    let mailing = Mailing {
        kind: Kind::ChangeEmail,
        user_id: id,
        payload: &Wanted { new_email: new.as_entered().to_owned(), auth_epoch: standing.auth_epoch },
        ttl: TTL,
        limits: vec![LetterLimit::of_account(CHANGE, id, LETTERS), LetterLimit::to_address(CHANGE, new, LETTERS)],
        supersedes: Some(id),
        recipient: if other.is_some() { owner.as_deref() } else { Some(new.as_entered()) },
    };
    let mail = mailed_token(context, &mailing, |token| match other {
        Some(_) => Letter::AddressTaken,
        None => Letter::ConfirmEmailChange { token },
    })?;
    let event = visit.event(Action::EmailChangeRequested, Actor::bearer(claims)).about(id).identifier(new.key());
    let mail = audited(mail, move |()| Some(event.clone()));
    database.run(mail, visit.deadline).await.map_err(Cause::from)?;
    context.house.mailer.wake();
    tracing::info!(event = "email_change_asked_for", user_id = %id);
    Ok(())
}

#[derive(Debug, thiserror::Error)]
pub enum ConfirmEmailError {
    /// Or the account is locked, disabled, or not as it was when the change was asked for.
    #[error("the token is spent or has expired")]
    TokenSpent,
    /// The token stays good.
    #[error("the e-mail address is taken")]
    EmailTaken,
    #[error(transparent)]
    Cause(#[from] Cause),
}

/// From now on the account has the new address, and the old one is told. `token`: `None`, where what was given cannot be
/// one.
///
/// # Errors
/// [`ConfirmEmailError`].
pub async fn confirm_email_change(
    context: &Context,
    visit: &Visit,
    token: Option<SecretToken>,
) -> Result<(), ConfirmEmailError> {
    let database = &context.house.database;
    let token_hash = token.ok_or(ConfirmEmailError::TokenSpent)?.hash();
    let find = FindToken { kind: Kind::ChangeEmail, token_hash };
    let row = database.run(find, visit.deadline).await.map_err(Cause::from)?.ok_or(ConfirmEmailError::TokenSpent)?;
    let Wanted { new_email, auth_epoch } = token_payload::open(&context.house.sealer, &row)?;
    let new = Email::parse(&new_email).map_err(|cause| Cause::Defect(cause.to_string()))?;
    let id = row.user_id.unwrap_or_default();
    let user = database.run(FindUser { id }, visit.deadline).await.map_err(Cause::from)?;
    let old = user.ok_or(ConfirmEmailError::TokenSpent)?.account().email;
    let letter = Letter::EmailChanged { new_email };
    let event = visit.event(Action::EmailChanged, Actor::person(id)).about(id).identifier(new.key());
    let unit = ChangeAddress {
        token: Spend { token_hash, attempt: Uuid::now_v7() },
        user_id: id,
        auth_epoch,
        old_key: old.as_deref().and_then(|old| Email::parse(old).ok()).map(|old| old.key().to_owned()),
        letter: old.map(|old| seal_letter(context, &old, &letter)).transpose()?,
        new,
    };
    let unit = audited(unit, move |done| (*done == AddressChanged::Yes).then(|| event.clone()));
    match database.run(unit, visit.deadline).await.map_err(Cause::from)? {
        AddressChanged::Yes => {}
        AddressChanged::TokenSpent => return Err(ConfirmEmailError::TokenSpent),
        AddressChanged::EmailTaken => return Err(ConfirmEmailError::EmailTaken),
    }
    context.house.mailer.wake();
    tracing::info!(event = "email_changed", user_id = %id);
    Ok(())
}
