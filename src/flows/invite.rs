//! Invitations: leave to register where not everybody may. Whoever makes one is an operator or an administrator, who could
//! have made the account, so each is good wherever registration is not open. One for an address works for that address
//! alone, and shows that it is its owner's, since it came there by mail.

use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::admin::by::By;
use super::cause::Cause;
use super::letters::seal_letter;
use super::{Context, Visit, token_payload};
use crate::actors::sealing::Sealer;
use crate::domain::audit_event::Action;
use crate::domain::clock::Timestamp;
use crate::domain::email::Email;
use crate::domain::letter::Letter;
use crate::domain::secret_token::SecretToken;
use crate::domain::username::Identifier;
use crate::store::audited::audited;
use crate::store::invitations::Invite;
use crate::store::one_time_tokens::{FindToken, Kind, NewToken, TokenRow};
use crate::store::registrations::Spend;
use crate::store::users::FindCredentials;

/// A week: people who were invited are in no hurry.
const TTL: Duration = Duration::from_hours(7 * 24);

#[derive(Serialize, Deserialize)]
struct Facts {
    /// As it is compared.
    email_key: Option<String>,
}

/// An invitation that was made.
#[derive(Debug)]
pub struct Invited {
    pub id: Uuid,
    /// To be handed on. `None`: it is in the mail.
    pub token: Option<SecretString>,
    pub expires_at: Timestamp,
}

#[derive(Debug, thiserror::Error)]
pub enum InviteError {
    #[error("the e-mail address has an account")]
    EmailTaken,
    #[error(transparent)]
    Cause(#[from] Cause),
}

/// Makes an invitation, for anybody, or for one address, to which it goes by mail.
///
/// # Errors
/// [`InviteError`]; whoever may invite may know who has an account.
pub async fn make_invitation(
    context: &Context,
    visit: &Visit,
    by: &By,
    email: Option<Email>,
) -> Result<Invited, InviteError> {
    let house = &context.house;
    if let Some(email) = email.clone() {
        let find = FindCredentials(Identifier::Email(email));
        if house.database.run(find, visit.deadline).await.map_err(Cause::from)?.is_some() {
            return Err(InviteError::EmailTaken);
        }
    }
    let (id, token) = (Uuid::now_v7(), SecretToken::random());
    let email_key = email.as_ref().map(|email| email.key().to_owned());
    let payload = Some(token_payload::seal(&house.sealer, id, &Facts { email_key })?);
    let expires_at = house.clock.now().plus(TTL);
    let event = visit.event(Action::InvitationMade, by.actor()).about(id);
    let event = event.with("to", if email.is_some() { "one address" } else { "anybody" });
    let event = match &email {
        Some(email) => event.identifier(email.key()),
        None => event,
    };
    let letter = Letter::Invitation { token: token.secret().clone() };
    let letter = email.map(|email| seal_letter(context, email.as_entered(), &letter)).transpose()?;
    let handed_on = letter.is_none().then(|| token.secret().clone());
    let new = NewToken { id, kind: Kind::Invitation, token_hash: token.hash(), user_id: None, payload, expires_at };
    let unit = audited(Invite { token: new, letter }, move |()| Some(event.clone()));
    house.database.run(unit, visit.deadline).await.map_err(Cause::from)?;
    house.mailer.wake();
    tracing::info!(event = "invitation_made", %id, by_mail = handed_on.is_none(), %by);
    Ok(Invited { id, token: handed_on, expires_at })
}

/// For whose address an invitation is, as addresses are compared. `None`: for whoever has it.
pub(super) fn addressee(sealer: &Sealer, row: &TokenRow) -> Result<Option<String>, Cause> {
    let facts: Facts = token_payload::open(sealer, row)?;
    Ok(facts.email_key)
}

/// An invitation that was looked at, and is good for the address.
pub(super) struct Good {
    pub spend: Spend,
    /// It was mailed to this very address.
    pub shows_address: bool,
}

#[derive(Debug)]
pub(super) enum NoGood {
    /// Or it never was an invitation.
    Spent,
    ForAnother,
    Cause(Cause),
}

impl From<Cause> for NoGood {
    fn from(cause: Cause) -> Self {
        Self::Cause(cause)
    }
}

/// What an invitation is worth to somebody with this address, before anything is done for them.
pub(super) async fn look_at(
    context: &Context,
    visit: &Visit,
    token: &SecretToken,
    email: &Email,
) -> Result<Good, NoGood> {
    let find = FindToken { kind: Kind::Invitation, token_hash: token.hash() };
    let row = context.house.database.run(find, visit.deadline).await.map_err(Cause::from)?.ok_or(NoGood::Spent)?;
    let facts: Facts = token_payload::open(&context.house.sealer, &row)?;
    let shows_address = match facts.email_key {
        Some(key) if key == email.key() => true,
        Some(_another) => return Err(NoGood::ForAnother),
        None => false,
    };
    let spend = Spend { token_hash: token.hash(), attempt: Uuid::now_v7() };
    Ok(Good { spend, shows_address })
}
