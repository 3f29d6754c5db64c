//! A token that goes out by mail, made the same way whether or not somebody is to get it.

use std::time::Duration;

use secrecy::SecretString;
use serde::Serialize;
use uuid::Uuid;

use super::Context;
use super::cause::Cause;
use super::letters::seal_letter;
use super::token_payload;
use crate::domain::letter::Letter;
use crate::domain::letter_limit::LetterLimit;
use crate::domain::secret_token::SecretToken;
use crate::domain::standing::Standing;
use crate::store::mailed_tokens::MailToken;
use crate::store::one_time_tokens::{Kind, NewToken};
use crate::store::users::UserRow;

/// Letters of one kind to one address in an hour: whoever lost a mail twice gets another, and nobody's mailbox is filled
/// by somebody who keeps pressing.
pub(super) const LETTERS: u16 = 5;

/// What is to be mailed.
pub(super) struct Mailing<'a, P> {
    pub kind: Kind,
    /// Whose token it is; where nobody is there, a pseudonym.
    pub user_id: Uuid,
    pub payload: &'a P,
    pub ttl: Duration,
    pub limits: Vec<LetterLimit>,
    /// Whose earlier tokens of the kind are good no longer.
    pub supersedes: Option<Uuid>,
    /// `None`: nobody gets it, so nobody can redeem it.
    pub recipient: Option<&'a str>,
}

/// # Errors
/// [`Cause::Defect`], where nothing can be sealed.
pub(super) fn mailed_token<P: Serialize>(
    context: &Context,
    mailing: &Mailing<'_, P>,
    letter: impl FnOnce(SecretString) -> Letter,
) -> Result<MailToken, Cause> {
    let (id, token) = (Uuid::now_v7(), SecretToken::random());
    let payload = token_payload::seal(&context.house.sealer, id, mailing.payload)?;
    let new = NewToken {
        id,
        kind: mailing.kind,
        token_hash: token.hash(),
        user_id: Some(mailing.user_id),
        payload: Some(payload),
        expires_at: context.house.clock.now().plus(mailing.ttl),
    };
    let letter = letter(token.secret().clone());
    let (recipient, letter) = mailing.recipient.map_or(("", Letter::Discard), |recipient| (recipient, letter));
    Ok(MailToken {
        token: new,
        letter: seal_letter(context, recipient, &letter)?,
        in_excess: seal_letter(context, "", &Letter::Discard)?,
        limits: mailing.limits.clone(),
        supersedes: mailing.supersedes,
    })
}

/// The address of an account to which mail may go that helps its owner in: of one that is neither locked nor disabled.
pub(super) fn address_of(row: &UserRow) -> Option<String> {
    let Standing { active, locked, .. } = row.standing();
    row.clone().account().email.filter(|_| active && !locked)
}
