//! What happened to one's own account.

use super::cause::Cause;
use super::{Context, Visit};
use crate::domain::access_token::AccessClaims;
use crate::domain::own_event::OwnEvent;
use crate::domain::page::{Page, PageRequest};
use crate::store::own_events::ListOwnEvents;

/// Newest first, as far back as the audit trail goes.
///
/// # Errors
/// [`Cause`].
pub async fn own_events(
    context: &Context,
    visit: &Visit,
    claims: &AccessClaims,
    page: PageRequest,
) -> Result<Page<OwnEvent>, Cause> {
    Ok(context.house.database.run(ListOwnEvents { user_id: claims.sub, page }, visit.deadline).await?)
}
