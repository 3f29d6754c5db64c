//! Somebody who is signed in begins the way to a provider, to link an identity or to show once more who they are. And
//! what is linked, seen and taken off.

use uuid::Uuid;

use super::{Back, JOURNEY_TTL, Journey, Purpose, Who, Wish, is_offered, letter_about, new_pass};
use crate::domain::access_token::AccessClaims;
use crate::domain::audit_event::{Action, Actor};
use crate::domain::browser_token::BrowserPass;
use crate::domain::identity::Identity;
use crate::domain::provider::ProviderName;
use crate::flows::cause::Cause;
use crate::flows::{Context, Visit};
use crate::store::audited::audited;
use crate::store::identities::{FindIdentities, UnlinkIdentity, Unlinked};
use crate::store::one_time_tokens::{IssueToken, Kind};

/// What somebody wants of a provider who is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    Link,
    Reauthenticate,
}

/// For the browser, which opens [`Ticket::provider`]'s start with it. It carries no session: what the way leads to is
/// fetched by whoever has the verifier.
#[derive(Debug)]
pub struct Ticket {
    pub provider: ProviderName,
    pub pass: BrowserPass,
}

#[derive(Debug, thiserror::Error)]
pub enum TicketError {
    #[error("no provider has this name")]
    UnknownProvider,
    #[error("the list of redirects does not have this target")]
    RedirectNotAllowed,
    #[error("no identity of the account is the provider's")]
    NotLinked,
    #[error("the session has ended")]
    SessionRevoked,
    #[error(transparent)]
    Cause(#[from] Cause),
}

/// `provider`: `None`, where what was asked for can be none.
///
/// # Errors
/// [`TicketError`].
pub async fn ask_ticket(
    context: &Context,
    visit: &Visit,
    claims: &AccessClaims,
    aim: Aim,
    provider: Option<ProviderName>,
    wish: &Wish,
) -> Result<Ticket, TicketError> {
    let provider = provider.filter(|provider| is_offered(context, provider)).ok_or(TicketError::UnknownProvider)?;
    let session_id = claims.sid.ok_or(TicketError::SessionRevoked)?;
    let back = Back::of(context, wish).ok_or(TicketError::RedirectNotAllowed)?;
    let who = Who { user_id: claims.sub, session_id, auth_epoch: claims.epoch };
    let purpose = match aim {
        Aim::Link => Purpose::Link(who),
        Aim::Reauthenticate => {
            let linked = own_identities(context, visit, claims).await?;
            if !linked.iter().any(|identity| identity.provider == provider.as_str()) {
                return Err(TicketError::NotLinked);
            }
            Purpose::Reauthenticate(who)
        }
    };
    let journey = Journey { provider: provider.to_string(), back, purpose };
    let (token, pass) = new_pass(context, Kind::OauthTicket, Some(claims.sub), JOURNEY_TTL, &journey)?;
    let issue = IssueToken { token, withdraws_earlier: false };
    context.house.database.run(issue, visit.deadline).await.map_err(Cause::from)?;
    Ok(Ticket { provider, pass })
}

/// The oldest first.
///
/// # Errors
/// [`Cause`].
pub async fn own_identities(context: &Context, visit: &Visit, claims: &AccessClaims) -> Result<Vec<Identity>, Cause> {
    Ok(context.house.database.run(FindIdentities { user_id: claims.sub }, visit.deadline).await?)
}

#[derive(Debug, thiserror::Error)]
pub enum UnlinkError {
    /// Or somebody else's, which is the same to the one who asks.
    #[error("there is no such identity")]
    NoSuchIdentity,
    #[error("nobody could sign in to the account any more")]
    LastCredential,
    #[error(transparent)]
    Cause(#[from] Cause),
}

/// # Errors
/// [`UnlinkError`].
pub async fn unlink(context: &Context, visit: &Visit, claims: &AccessClaims, id: Uuid) -> Result<(), UnlinkError> {
    let user_id = claims.sub;
    let own = own_identities(context, visit, claims).await?.into_iter().find(|identity| identity.id == id);
    let identity = own.ok_or(UnlinkError::NoSuchIdentity)?;
    let letter = letter_about(context, visit, user_id, &identity.provider, false).await?;
    let event = visit.event(Action::IdentityUnlinked, Actor::bearer(claims)).about(user_id);
    let event = event.with("provider", identity.provider.as_str());
    let unit = UnlinkIdentity { id, user_id, letter };
    let unit = audited(unit, move |done| matches!(done, Unlinked::Yes).then(|| event.clone()));
    match context.house.database.run(unit, visit.deadline).await.map_err(Cause::from)? {
        Unlinked::Yes => {
            context.house.mailer.wake();
            tracing::info!(event = "identity_unlinked", %user_id, identity_id = %id);
            Ok(())
        }
        Unlinked::LastCredential => Err(UnlinkError::LastCredential),
    }
}
