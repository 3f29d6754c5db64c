//! The way to a provider begins: bound to one browser, and to the app that may fetch what it leads to.

use secrecy::ExposeSecret;
use url::Url;
use uuid::Uuid;

use super::{Back, JOURNEY_TTL, Journey, Purpose, UnderWay, Wish, callback_url, is_offered, new_pass, provider_kept};
use crate::actors::oauth::{Asked, OauthError};
use crate::domain::browser_token::{BrowserKey, BrowserPass};
use crate::domain::pkce::CodeVerifier;
use crate::domain::provider::ProviderName;
use crate::domain::redirects::RedirectTarget;
use crate::flows::cause::Cause;
use crate::flows::{Context, Visit, token_payload};
use crate::store::one_time_tokens::{FindToken, Kind, TradeToken};
use crate::store::registrations::Spend;

#[derive(Debug)]
pub struct Start {
    /// `None`: what was asked for can be none.
    pub provider: Option<ProviderName>,
    pub with: With,
    /// Of the cookie, if there is one already.
    pub browser: Option<BrowserKey>,
}

#[derive(Debug)]
pub enum With {
    Wish(Wish),
    /// From [`super::ticket`]. `None`: what was given can be no ticket.
    Ticket(Option<BrowserPass>),
}

#[derive(Debug)]
pub enum Started {
    /// The browser goes to the provider, with its key in a cookie.
    Away { url: Url, browser: BrowserKey },
    /// The provider cannot be asked now; the app is told.
    Failed { target: RedirectTarget, state: Option<String>, error: OauthError },
}

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("no provider has this name")]
    UnknownProvider,
    #[error("the list of redirects does not have this target")]
    RedirectNotAllowed,
    /// Or never was one, or is for another provider.
    #[error("the ticket is spent or has expired")]
    TicketSpent,
    #[error(transparent)]
    Cause(#[from] Cause),
}

/// # Errors
/// [`StartError`]. The browser is sent nowhere then: where to is not known to be good.
pub async fn start(context: &Context, visit: &Visit, input: Start) -> Result<Started, StartError> {
    let provider = input.provider.filter(|provider| is_offered(context, provider));
    let provider = provider.ok_or(StartError::UnknownProvider)?;
    let (journey, ticket) = match input.with {
        With::Wish(wish) => {
            let back = Back::of(context, &wish).ok_or(StartError::RedirectNotAllowed)?;
            (Journey { provider: provider.to_string(), back, purpose: Purpose::SignIn }, None)
        }
        With::Ticket(ticket) => {
            let token_hash = ticket.ok_or(StartError::TicketSpent)?.hash();
            let journey = of_ticket(context, visit, token_hash, &provider).await?;
            (journey, Some(Spend { token_hash, attempt: Uuid::now_v7() }))
        }
    };
    let target = journey.back.target(context).ok_or(StartError::RedirectNotAllowed)?;
    let state = journey.back.state.clone();
    let browser = input.browser.unwrap_or_else(BrowserKey::random);
    let (verifier, nonce) = (CodeVerifier::random(), Uuid::new_v4().simple().to_string());
    let (user_id, prompt_login) = (journey.purpose.user_id(), matches!(journey.purpose, Purpose::Reauthenticate(_)));
    let (code_challenge, redirect_uri) = (verifier.challenge(), callback_url(context, &provider)?);
    let verifier = verifier.secret().expose_secret().to_owned();
    let under_way = UnderWay { journey, nonce: nonce.clone(), verifier, browser: browser.hash() };
    let (token, pass) = new_pass(context, Kind::OauthState, user_id, JOURNEY_TTL, &under_way)?;
    let asked =
        Asked { state: pass.secret().expose_secret().to_owned(), nonce, code_challenge, redirect_uri, prompt_login };
    // Before anything is spent: where the provider cannot be asked, a ticket stays good.
    let url = match context.house.oauth.authorize(&provider, asked, visit.deadline).await {
        Ok(url) => url,
        Err(error) => return Ok(Started::Failed { target, state, error }),
    };
    let unit = TradeToken { spends: ticket.map(|ticket| (Kind::OauthTicket, ticket)), issues: token };
    if !context.house.database.run(unit, visit.deadline).await.map_err(Cause::from)? {
        return Err(StartError::TicketSpent);
    }
    Ok(Started::Away { url, browser })
}

async fn of_ticket(
    context: &Context,
    visit: &Visit,
    token_hash: [u8; 32],
    provider: &ProviderName,
) -> Result<Journey, StartError> {
    let find = FindToken { kind: Kind::OauthTicket, token_hash };
    let row = context.house.database.run(find, visit.deadline).await.map_err(Cause::from)?;
    let journey: Journey = token_payload::open(&context.house.sealer, &row.ok_or(StartError::TicketSpent)?)?;
    if provider_kept(&journey.provider)? == *provider { Ok(journey) } else { Err(StartError::TicketSpent) }
}
