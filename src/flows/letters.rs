//! Writing to people: a letter, sealed for the outbox. The unit that it tells of puts it there.

use uuid::Uuid;
use zeroize::Zeroizing;

use super::Context;
use super::cause::Cause;
use crate::actors::mailer::payload_place;
use crate::actors::sealing::Purpose;
use crate::domain::letter::Letter;
use crate::store::outbox::NewMail;

/// `recipient`: an address as its owner entered it. After the unit that has written it, wake the mailer.
///
/// # Errors
/// [`Cause::Defect`], where nothing can be sealed.
pub(super) fn seal_letter(context: &Context, recipient: &str, letter: &Letter) -> Result<NewMail, Cause> {
    let id = Uuid::now_v7();
    let defect = |cause: &dyn std::error::Error| Cause::Defect(format!("a letter cannot be written: {cause}"));
    let text = serde_json::to_vec(&letter.facts()).map(Zeroizing::new).map_err(|cause| defect(&cause))?;
    let payload =
        context.house.sealer.seal(Purpose::Mail, &payload_place(id), &text).map_err(|cause| defect(&cause))?;
    Ok(NewMail { id, kind: letter.kind(), recipient: recipient.to_owned(), payload })
}
