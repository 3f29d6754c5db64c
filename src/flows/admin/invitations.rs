//! Invitations that administrators see and withdraw, and make.

use uuid::Uuid;

use super::by::By;
use crate::domain::audit_event::Action;
use crate::domain::clock::Timestamp;
use crate::domain::page::{Page, PageRequest};
use crate::flows::cause::Cause;
use crate::flows::invite::addressee;
pub use crate::flows::invite::make_invitation;
use crate::flows::{Context, Visit};
use crate::store::audited::audited;
use crate::store::invitations::{InvitationRow, ListInvitations, WithdrawInvitation};

/// One that is still good. Its token is known to nobody but whom it was given to.
#[derive(Clone, Debug)]
pub struct Invitation {
    pub id: Uuid,
    /// Whom it is for, as addresses are compared. `None`: whoever has it.
    pub email: Option<String>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

#[derive(Debug, thiserror::Error)]
pub enum WithdrawError {
    #[error("there is no such invitation, or none that is still good")]
    NoSuchInvitation,
    #[error(transparent)]
    Cause(#[from] Cause),
}

/// Newest first.
///
/// # Errors
/// [`Cause`].
pub async fn list_invitations(context: &Context, visit: &Visit, page: PageRequest) -> Result<Page<Invitation>, Cause> {
    let Page { items, next } = context.house.database.run(ListInvitations { page }, visit.deadline).await?;
    let invitation = |row: InvitationRow| {
        let email = addressee(&context.house.sealer, &row.token)?;
        let InvitationRow { token, created_at, expires_at } = row;
        Ok(Invitation { id: token.id, email, created_at, expires_at })
    };
    Ok(Page { items: items.into_iter().map(invitation).collect::<Result<_, Cause>>()?, next })
}

/// # Errors
/// [`WithdrawError`].
pub async fn withdraw_invitation(context: &Context, visit: &Visit, by: &By, id: Uuid) -> Result<(), WithdrawError> {
    let event = visit.event(Action::InvitationWithdrawn, by.actor()).about(id);
    let unit = audited(WithdrawInvitation { id }, move |done| done.then(|| event.clone()));
    if context.house.database.run(unit, visit.deadline).await.map_err(Cause::from)? {
        tracing::info!(event = "invitation_withdrawn", %id, %by);
        Ok(())
    } else {
        Err(WithdrawError::NoSuchInvitation)
    }
}
