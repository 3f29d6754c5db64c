//! A password is forgotten: a token goes to the address, if there is somebody for it.

use std::time::Duration;

use super::cause::Cause;
use super::even_pace::next_tick;
use super::mailed_token::{LETTERS, Mailing, address_of, mailed_token};
use super::resend_verification::Addressed;
use super::{Context, Visit};
use crate::domain::audit_event::{Action, Actor};
use crate::domain::email::Email;
use crate::domain::letter::Letter;
use crate::domain::letter_limit::LetterLimit;
use crate::domain::username::Identifier;
use crate::store::audited::audited;
use crate::store::one_time_tokens::Kind;
use crate::store::users::FindCredentials;

/// Long enough for a slow mail, short enough for a mailbox that somebody else reads later.
const TTL: Duration = Duration::from_mins(30);

/// Always a success, whoever asks, and always the same work: a token and a letter, which goes to nobody where there is no
/// account, it is locked or disabled, or there were too many letters. Earlier tokens stay good, so that nobody can take
/// them away by asking.
///
/// # Errors
/// [`Cause`].
pub async fn forgot_password(context: &Context, visit: &Visit, email: &Email) -> Result<(), Cause> {
    let database = &context.house.database;
    let found = database.run(FindCredentials(Identifier::Email(email.clone())), visit.deadline).await?;
    let nobody = context.house.sealer.pseudonym("forgotten password", email.key());
    let recipient = found.as_ref().and_then(|row| address_of(&row.user));
    let about = found.as_ref().map(|row| row.user.standing().user_id);
    // The same work, too, whoever it is.
    let event = visit.event(Action::PasswordResetRequested, Actor::NOBODY).about(about).identifier(email.key());
    let mailing = Mailing {
        kind: Kind::ResetPassword,
        user_id: about.unwrap_or(nobody),
        payload: &Addressed { email_key: email.key().to_owned() },
        ttl: TTL,
        limits: vec![LetterLimit::to_address("reset", email, LETTERS)],
        supersedes: None,
        recipient: recipient.as_deref(),
    };
    let mail = mailed_token(context, &mailing, |token| Letter::ResetPassword { token })?;
    database.run(audited(mail, move |()| Some(event.clone())), visit.deadline).await?;
    context.house.mailer.wake();
    tracing::info!(event = "password_reset_asked_for");
    next_tick(visit).await;
    Ok(())
}
