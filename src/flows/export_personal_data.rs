//! Taking along all that is held about oneself.

use super::cause::Cause;
use super::trail::note;
use super::view_account::ViewError;
use super::{Context, Visit};
use crate::domain::access_token::AccessClaims;
use crate::domain::audit_event::{Action, Actor};
use crate::domain::personal_data::PersonalData;
use crate::store::personal_data::FindPersonalData;

/// # Errors
/// [`ViewError`].
pub async fn export_personal_data(
    context: &Context,
    visit: &Visit,
    claims: &AccessClaims,
) -> Result<PersonalData, ViewError> {
    let user_id = claims.sub;
    // Before anything leaves: a read that is told of afterwards may not be told of.
    note(context, visit, visit.event(Action::PersonalDataExported, Actor::bearer(claims)).about(user_id)).await?;
    let found = context.house.database.run(FindPersonalData { user_id }, visit.deadline).await.map_err(Cause::from)?;
    tracing::info!(event = "personal_data_exported", %user_id);
    found.ok_or(ViewError::NoSuchAccount)
}
