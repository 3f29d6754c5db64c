//! Writing to people: a letter, sealed for the outbox. The unit that it tells of puts it there.

use std::collections::BTreeMap;

use secrecy::ExposeSecret;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::Context;
use super::cause::Cause;
use crate::actors::sealing::{Place, Purpose};
use crate::domain::letter::{Letter, MfaChange};
use crate::store::outbox::NewMail;

/// `recipient`: an address as its owner entered it. After the unit that has written it, wake the mailer.
///
/// # Errors
/// [`Cause::Defect`], where nothing can be sealed.
pub(super) fn seal_letter(context: &Context, recipient: &str, letter: &Letter) -> Result<NewMail, Cause> {
    let id = Uuid::now_v7();
    let defect = |cause: &dyn std::error::Error| Cause::Defect(format!("a letter cannot be written: {cause}"));
    let facts = facts(letter);
    let text = serde_json::to_vec(&facts).map(Zeroizing::new).map_err(|cause| defect(&cause))?;
    let place = Place::new("outbox", "payload", id);
    let payload = context.house.sealer.seal(Purpose::Mail, &place, &text).map_err(|cause| defect(&cause))?;
    Ok(NewMail { id, kind: letter.kind(), recipient: recipient.to_owned(), payload })
}

/// What a template may name.
fn facts(letter: &Letter) -> BTreeMap<&'static str, String> {
    match letter {
        Letter::VerifyEmail { token }
        | Letter::ResetPassword { token }
        | Letter::ConfirmEmailChange { token }
        | Letter::Invitation { token } => [("token", token.expose_secret().to_owned())].into(),
        Letter::EmailChanged { new_email } => [("new_email", new_email.clone())].into(),
        Letter::MfaChanged { change } => [("change", word(*change).to_owned())].into(),
        Letter::NewDevice { ip, user_agent, at } => [
            ("ip", ip.clone().unwrap_or_default()),
            ("user_agent", user_agent.clone().unwrap_or_default()),
            ("at", at.rfc3339()),
        ]
        .into(),
        Letter::AddressTaken | Letter::PasswordChanged | Letter::Discard => BTreeMap::new(),
    }
}

const fn word(change: MfaChange) -> &'static str {
    match change {
        MfaChange::TurnedOn => "turned_on",
        MfaChange::TurnedOff => "turned_off",
        MfaChange::RecoveryCodesReplaced => "recovery_codes_replaced",
        MfaChange::RecoveryCodeUsed => "recovery_code_used",
    }
}
