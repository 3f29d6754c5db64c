//! While there is no administrator, a start of the server offers the operator a one-time token to make one.

use std::time::Duration;

use uuid::Uuid;

use super::Context;
use super::cause::Cause;
use crate::domain::audit_event::{Action, Actor, NewEvent};
use crate::domain::clock::Deadline;
use crate::domain::secret_token::SecretToken;
use crate::store::audited::audited;
use crate::store::one_time_tokens::{IssueToken, Kind, NewToken};
use crate::store::roles::HasAdministrator;

/// A day: long enough for an operator who starts the server in the evening. The next start offers a new one.
const GOOD_FOR: Duration = Duration::from_hours(24);

/// A new token, unless there is an administrator. Earlier ones are withdrawn.
///
/// # Errors
/// [`Cause`].
pub async fn offer_set_up(context: &Context, deadline: Deadline) -> Result<Option<SecretToken>, Cause> {
    let database = &context.house.database;
    if database.run(HasAdministrator, deadline).await? {
        return Ok(None);
    }
    let token = SecretToken::random();
    let expires_at = context.house.clock.now().plus(GOOD_FOR);
    let (id, kind, token_hash) = (Uuid::now_v7(), Kind::SetUp, token.hash());
    let new = NewToken { id, kind, token_hash, user_id: None, payload: None, expires_at };
    let event = NewEvent::new(context.house.node, Action::SetUpOffered, Actor::SYSTEM);
    let issue = audited(IssueToken { token: new, withdraws_earlier: true }, move |()| Some(event.clone()));
    database.run(issue, deadline).await?;
    Ok(Some(token))
}
