//! The app fetches what the way to the provider has led to, with the verifier that only it has.

use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::roles::apply_roles;
use super::{Earned, Vouched, What, Who, letter_about};
use crate::domain::audit_event::{Action, Actor};
use crate::domain::browser_token::BrowserPass;
use crate::domain::email::Email;
use crate::domain::identity::{Identity, NewIdentity};
use crate::domain::pkce::{CodeChallenge, CodeVerifier};
use crate::domain::session::AMR_FEDERATED;
use crate::domain::standing::How;
use crate::flows::cause::Cause;
use crate::flows::entering::{Entrance, NoEntrance, Shown, SignedIn, entrance};
use crate::flows::reauthenticate::{GivenTicket, give_ticket};
use crate::flows::sign_in::is_known;
use crate::flows::trail::{Entered, note, note_no_entrance, sign_in_failed};
use crate::flows::{Context, Visit, token_payload};
use crate::store::audited::audited;
use crate::store::entries::Enter;
use crate::store::identities::{FindIdentity, LinkIdentity, Linked};
use crate::store::one_time_tokens::{Kind, SpendToken};
use crate::store::sessions::{FindSessionState, Opened};
use crate::store::users::FindUser;

#[derive(Debug)]
pub struct Exchange {
    /// `None`: what was given can be no code.
    pub code: Option<BrowserPass>,
    /// `None`: what was given can be no verifier. The code is spent all the same.
    pub verifier: Option<CodeVerifier>,
    /// From an earlier sign-in, on this device.
    pub device_token: Option<SecretString>,
}

#[derive(Debug)]
pub enum Exchanged {
    SignedIn(SignedIn),
    Linked(Identity),
    /// To be brought to `reauthenticate`.
    Ticket(GivenTicket),
}

#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// Or never was one, or the verifier is another one's, or the account is closed or was signed out everywhere since.
    #[error("the code is spent or has expired")]
    CodeSpent,
    #[error("the e-mail address is not verified")]
    EmailUnverified,
    #[error("the identity is linked to another account")]
    IdentityTaken,
    #[error(transparent)]
    Cause(#[from] Cause),
}

/// A code is spent by the first try, whatever comes of it.
///
/// # Errors
/// [`ExchangeError`].
pub async fn exchange(context: &Context, visit: &Visit, input: Exchange) -> Result<Exchanged, ExchangeError> {
    let token_hash = input.code.ok_or(ExchangeError::CodeSpent)?.hash();
    let spend = SpendToken { kind: Kind::OauthCode, token_hash, attempt: Uuid::now_v7() };
    let row = context.house.database.run(spend, visit.deadline).await.map_err(Cause::from)?;
    let earned: Earned = token_payload::open(&context.house.sealer, &row.ok_or(ExchangeError::CodeSpent)?)?;
    let challenge = CodeChallenge::parse(&earned.challenge, None).map_err(|cause| Cause::Defect(cause.to_string()))?;
    if !input.verifier.is_some_and(|verifier| challenge.is_met_by(&verifier)) {
        tracing::info!(event = "oauth_exchange", outcome = "wrong_verifier");
        let about = Some(earned.what.user_id());
        note(context, visit, sign_in_failed(visit, about, AMR_FEDERATED, "wrong_verifier")).await?;
        return Err(ExchangeError::CodeSpent);
    }
    match earned.what {
        What::SignIn { user_id, auth_epoch, identity, roles } => {
            is_linked(context, visit, user_id, &identity).await?;
            if let Some(roles) = roles {
                apply_roles(context, visit, user_id, &identity.provider()?, roles).await?;
            }
            let device = input.device_token.as_ref();
            sign_in(context, visit, user_id, auth_epoch, device).await.map(Exchanged::SignedIn)
        }
        What::Link { who, identity } => link(context, visit, who, &identity).await.map(Exchanged::Linked),
        What::Reauthenticate { who } => {
            session_of(context, visit, who).await?;
            Ok(Exchanged::Ticket(give_ticket(context, visit, who.user_id, who.session_id).await?))
        }
    }
}

/// It may have been taken off the account since the provider answered.
async fn is_linked(context: &Context, visit: &Visit, user_id: Uuid, identity: &Vouched) -> Result<(), ExchangeError> {
    let find = FindIdentity { issuer: identity.issuer.clone(), subject: identity.subject()? };
    let found = context.house.database.run(find, visit.deadline).await.map_err(Cause::from)?;
    if found.is_some_and(|found| found.user_id == user_id) { Ok(()) } else { Err(ExchangeError::CodeSpent) }
}

/// From here on it is a sign-in as any other: with a second factor, where that is on.
async fn sign_in(
    context: &Context,
    visit: &Visit,
    user_id: Uuid,
    auth_epoch: i64,
    device_token: Option<&SecretString>,
) -> Result<SignedIn, ExchangeError> {
    let database = &context.house.database;
    let row = database.run(FindUser { id: user_id }, visit.deadline).await.map_err(Cause::from)?;
    let row = row.filter(|row| row.standing().auth_epoch == auth_epoch).ok_or(ExchangeError::CodeSpent)?;
    let device = device_token.and_then(|token| context.house.issuer.open_device_token(token.expose_secret()));
    let known_device = device.is_some_and(|device| is_known(&row.standing(), device));
    let shown = Shown { amr: AMR_FEDERATED.to_owned(), known_device, second_factor: false, auth_epoch };
    let Entrance { entry, beyond } = match entrance(context, visit, &row, How::Oauth, shown) {
        Ok(entrance) => entrance,
        Err(no) => {
            note_no_entrance(context, visit, user_id, AMR_FEDERATED, &no).await?;
            return Err(no.into());
        }
    };
    let entered = Entered::of(visit, user_id, &entry);
    let enter = audited(Enter(entry), move |opened| match opened {
        Opened::Yes(ended) => entered.events(ended),
        Opened::Refused => Vec::new(),
    });
    let ended = match database.run(enter, visit.deadline).await.map_err(Cause::from)? {
        Opened::Yes(ended) => ended,
        Opened::Refused => return Err(ExchangeError::CodeSpent),
    };
    let signed_in = beyond.reach(context, visit, &ended).await?;
    tracing::info!(event = "oauth_exchange", outcome = signed_in.word(), %user_id);
    Ok(signed_in)
}

async fn link(context: &Context, visit: &Visit, who: Who, identity: &Vouched) -> Result<Identity, ExchangeError> {
    session_of(context, visit, who).await?;
    let identity = NewIdentity {
        id: Uuid::now_v7(),
        provider: identity.provider()?,
        issuer: identity.issuer.clone(),
        subject: identity.subject()?,
        email: identity.email.as_deref().and_then(|email| Email::parse(email).ok()),
    };
    let (user_id, auth_epoch) = (who.user_id, who.auth_epoch);
    let letter = letter_about(context, visit, user_id, identity.provider.as_str(), true).await?;
    let event = visit.event(Action::IdentityLinked, Actor::person(user_id)).about(user_id);
    let event = event.session(who.session_id).with("provider", identity.provider.as_str());
    let unit = LinkIdentity { identity, user_id, auth_epoch, letter };
    let unit = audited(unit, move |done| matches!(done, Linked::Yes(_)).then(|| event.clone()));
    match context.house.database.run(unit, visit.deadline).await.map_err(Cause::from)? {
        Linked::Yes(identity) => {
            context.house.mailer.wake();
            tracing::info!(event = "identity_linked", %user_id, provider = identity.provider);
            Ok(identity)
        }
        Linked::Taken => Err(ExchangeError::IdentityTaken),
        Linked::Refused => Err(ExchangeError::CodeSpent),
    }
}

/// Who has signed out meanwhile links nothing more.
async fn session_of(context: &Context, visit: &Visit, who: Who) -> Result<(), ExchangeError> {
    let find = FindSessionState { session_id: who.session_id };
    let found = context.house.database.run(find, visit.deadline).await.map_err(Cause::from)?;
    let now = context.house.clock.now();
    let lives = found.is_some_and(|state| {
        let stands = state.active && state.locked_at.is_none() && state.user_epoch == state.session_epoch;
        stands && state.revoked_at.is_none() && state.expires_at > now
    });
    if lives { Ok(()) } else { Err(ExchangeError::CodeSpent) }
}

impl From<NoEntrance> for ExchangeError {
    fn from(no: NoEntrance) -> Self {
        match no {
            NoEntrance::Refused(barred) => {
                tracing::info!(event = "oauth_exchange", outcome = %barred);
                Self::CodeSpent
            }
            NoEntrance::EmailUnverified => Self::EmailUnverified,
            NoEntrance::Cause(cause) => Self::Cause(cause),
        }
    }
}
