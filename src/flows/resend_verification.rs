//! Another mail to an address that was not shown to be its owner's yet.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::cause::Cause;
use super::even_pace::next_tick;
use super::mailed_token::{LETTERS, Mailing, address_of, mailed_token};
use super::pending_registration::{Pending, VERIFICATION_TTL, pending_id};
use super::{Context, Visit, token_payload};
use crate::domain::audit_event::{Action, Actor};
use crate::domain::email::Email;
use crate::domain::letter::Letter;
use crate::domain::letter_limit::LetterLimit;
use crate::domain::username::Identifier;
use crate::store::audited::audited;
use crate::store::mailed_tokens::{FindNewest, MailToken};
use crate::store::one_time_tokens::Kind;
use crate::store::users::{FindCredentials, UserRow};

/// What waits beside a token that was mailed to the address of an account.
#[derive(Serialize, Deserialize)]
pub(super) struct Addressed {
    /// As it is compared. Where the account has another by then, the token is good for nothing.
    pub email_key: String,
}

/// Always a success, whoever asks: to an account whose address is unverified goes a new token, and to a registration that
/// waits; otherwise as much is written, and goes to nobody.
///
/// # Errors
/// [`Cause`].
pub async fn resend_verification(context: &Context, visit: &Visit, email: &Email) -> Result<(), Cause> {
    let database = &context.house.database;
    let pending_id = pending_id(context, email);
    // Both, always.
    let account = database.run(FindCredentials(Identifier::Email(email.clone())), visit.deadline).await?;
    let waiting = database.run(FindNewest { kind: Kind::Register, user_id: pending_id }, visit.deadline).await?;
    let about = account.as_ref().map(|row| row.user.standing().user_id);
    let event = visit.event(Action::EmailVerificationRequested, Actor::NOBODY).about(about).identifier(email.key());
    let mail = match (account, waiting) {
        (None, Some(waiting)) => {
            let pending: Pending = token_payload::open(&context.house.sealer, &waiting)?;
            let mailing = pending.mailing(pending_id, email, Some(pending.email()));
            mailed_token(context, &mailing, |token| Letter::VerifyEmail { token })?
        }
        (Some(row), _) => {
            let user_id = row.user.standing().user_id;
            verification(context, user_id, email, unverified_address(&row.user).as_deref())?
        }
        (None, None) => verification(context, pending_id, email, None)?,
    };
    database.run(audited(mail, move |()| Some(event.clone())), visit.deadline).await?;
    context.house.mailer.wake();
    tracing::info!(event = "verification_asked_for");
    next_tick(visit).await;
    Ok(())
}

fn unverified_address(row: &UserRow) -> Option<String> {
    address_of(row).filter(|_| !row.standing().email_verified)
}

/// A token that verifies the address of an account.
pub(super) fn verification(
    context: &Context,
    user_id: Uuid,
    email: &Email,
    recipient: Option<&str>,
) -> Result<MailToken, Cause> {
    let mailing = Mailing {
        kind: Kind::VerifyEmail,
        user_id,
        payload: &Addressed { email_key: email.key().to_owned() },
        ttl: VERIFICATION_TTL,
        limits: vec![LetterLimit::to_address("verify", email, LETTERS)],
        supersedes: Some(user_id),
        recipient,
    };
    mailed_token(context, &mailing, |token| Letter::VerifyEmail { token })
}
