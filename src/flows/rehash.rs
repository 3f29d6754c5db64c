//! A password that was right and is stored with less than today's parameters is hashed anew, while nobody waits.
//!
//! When the parameters rise, everybody's hash is outdated at once. So that this is no storm, one password at a time is
//! hashed anew on a node, and only when the hasher has a thread without work; what is not done now is done after a later
//! sign-in.

use std::time::Duration;

use uuid::Uuid;

use super::Context;
use super::cause::Cause;
use crate::actors::hasher::SpareTurn;
use crate::domain::clock::Deadline;
use crate::domain::password::GivenPassword;
use crate::store::passwords::Rehash;

/// For a hash and a statement. Nobody is told, so it may take its time.
const PATIENCE: Duration = Duration::from_secs(10);

/// `stored`: what the password was compared with. Comes back at once.
pub(super) fn rehash(context: &Context, user_id: Uuid, password: GivenPassword, stored: String) {
    let Some(turn) = context.house.hasher.spare_turn() else { return };
    let context = context.clone();
    tokio::spawn(async move {
        match make_anew(&context, &turn, user_id, password, stored).await {
            Ok(written) => tracing::debug!(event = "password_rehashed", %user_id, written),
            Err(cause) => tracing::debug!(%cause, %user_id, "a password stays as it was hashed"),
        }
    });
}

/// Whether it was written: another password may have been set since.
async fn make_anew(
    context: &Context,
    _turn: &SpareTurn,
    user_id: Uuid,
    password: GivenPassword,
    old: String,
) -> Result<bool, Cause> {
    let deadline = Deadline::within(PATIENCE);
    let new = context.house.hasher.hash(password.into_secret(), deadline).await?;
    Ok(context.house.database.run(Rehash { user_id, old, new }, deadline).await? == 1)
}
