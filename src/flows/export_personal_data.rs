//! Taking along all that is held about oneself.

use super::cause::Cause;
use super::view_account::ViewError;
use super::{Context, Visit};
use crate::domain::access_token::AccessClaims;
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
    let found = context.house.database.run(FindPersonalData { user_id }, visit.deadline).await.map_err(Cause::from)?;
    tracing::info!(event = "personal_data_exported", %user_id);
    found.ok_or(ViewError::NoSuchAccount)
}
