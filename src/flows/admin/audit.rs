//! The audit trail by its filters. Reading it is an event too.

use super::by::By;
use crate::domain::audit_event::Action;
use crate::domain::audit_record::{AuditFilter, AuditRecord};
use crate::domain::page::{Page, PageRequest};
use crate::flows::cause::Cause;
use crate::flows::{Context, Visit};
use crate::store::audit_lists::ListAudit;
use crate::store::audited::audited;

/// The latest first. What was asked for is noted by the names of the filters, and whom it was about.
///
/// # Errors
/// [`Cause`].
pub async fn list_audit(
    context: &Context,
    visit: &Visit,
    by: &By,
    filter: AuditFilter,
    page: PageRequest,
) -> Result<Page<AuditRecord>, Cause> {
    let event = visit.event(Action::AuditRead, by.actor()).about(filter.user);
    let event = event.with("filters", filter.names().join(" "));
    let list = audited(ListAudit { filter, page }, move |_| Some(event.clone()));
    Ok(context.house.database.run(list, visit.deadline).await?)
}
