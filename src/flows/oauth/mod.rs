//! Signing in with a provider: from the app to the provider by way of the browser, back, and on to a session.
//!
//! [`start`] binds the way to one browser, [`come_back`] takes the provider's answer, [`exchange`] gives the app that
//! began it what it led to; [`ticket`] begins the same way for somebody who is signed in, to link an identity or to show
//! once more who they are. Nothing but a hash of what goes through the browser is kept, and each step works once.

pub mod come_back;
pub mod exchange;
mod roles;
pub mod start;
pub mod ticket;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

use super::cause::Cause;
use super::letters::seal_letter;
use super::{Context, Visit};
use crate::actors::oauth::Offered;
use crate::domain::browser_token::BrowserPass;
use crate::domain::identity::NewIdentity;
use crate::domain::letter::Letter;
use crate::domain::pkce::CodeChallenge;
use crate::domain::provider::{ProviderName, Subject};
use crate::domain::redirects::RedirectTarget;
use crate::store::one_time_tokens::{Kind, NewToken};
use crate::store::outbox::NewMail;
use crate::store::users::FindUser;

/// From the app's first request to the provider's answer: who has to look for a telephone there needs some minutes.
pub const JOURNEY_TTL: Duration = Duration::from_mins(10);
/// The browser is on its way to the app with the code.
const CODE_TTL: Duration = Duration::from_mins(1);

/// What an app asks for at the beginning.
#[derive(Clone, Debug)]
pub struct Wish {
    /// As it was given: the list decides.
    pub redirect_to: String,
    /// Of the verifier that the app shows at the end.
    pub challenge: CodeChallenge,
    /// The app's own, to be given back.
    pub state: Option<String>,
}

/// Where the browser goes in the end, and who may fetch what it brings.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Back {
    target: String,
    state: Option<String>,
    challenge: String,
}

/// Somebody who is signed in, as they were when they asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Who {
    user_id: Uuid,
    session_id: Uuid,
    auth_epoch: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Purpose {
    SignIn,
    Link(Who),
    Reauthenticate(Who),
}

impl Purpose {
    const fn user_id(&self) -> Option<Uuid> {
        match self {
            Self::SignIn => None,
            Self::Link(who) | Self::Reauthenticate(who) => Some(who.user_id),
        }
    }
}

/// What waits beside a ticket.
#[derive(Serialize, Deserialize)]
struct Journey {
    provider: String,
    back: Back,
    purpose: Purpose,
}

/// What waits beside the state, while the browser is at the provider.
#[derive(Serialize, Deserialize)]
struct UnderWay {
    journey: Journey,
    nonce: String,
    /// Towards the provider.
    verifier: String,
    /// The hash of the browser's key.
    browser: [u8; 32],
}

/// What waits beside the code.
#[derive(Serialize, Deserialize)]
struct Earned {
    challenge: String,
    what: What,
}

#[derive(Serialize, Deserialize)]
enum What {
    SignIn {
        user_id: Uuid,
        /// The user's when the provider answered.
        auth_epoch: i64,
        identity: Vouched,
        roles: Option<Vec<String>>,
    },
    Link {
        who: Who,
        identity: Vouched,
    },
    Reauthenticate {
        who: Who,
    },
}

/// An identity that a provider has vouched for.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Vouched {
    provider: String,
    issuer: String,
    subject: String,
    email: Option<String>,
}

impl Vouched {
    fn of(identity: &NewIdentity) -> Self {
        Self {
            provider: identity.provider.to_string(),
            issuer: identity.issuer.clone(),
            subject: identity.subject.as_str().to_owned(),
            email: identity.email.as_ref().map(|email| email.as_entered().to_owned()),
        }
    }

    fn subject(&self) -> Result<Subject, Cause> {
        Subject::parse(&self.subject).ok_or_else(|| Cause::Defect("a code stands for no subject".to_owned()))
    }

    fn provider(&self) -> Result<ProviderName, Cause> {
        provider_kept(&self.provider)
    }
}

/// All that people may sign in with.
pub fn providers(context: &Context) -> Vec<Offered> {
    context.house.oauth.providers()
}

/// To the account's address, about an identity that was linked or taken off.
async fn letter_about(
    context: &Context,
    visit: &Visit,
    user_id: Uuid,
    provider: &str,
    linked: bool,
) -> Result<Option<NewMail>, Cause> {
    let found = context.house.database.run(FindUser { id: user_id }, visit.deadline).await?;
    let offered = providers(context).into_iter().find(|offered| offered.name.as_str() == provider);
    let provider = offered.map_or_else(|| provider.to_owned(), |offered| offered.display_name);
    let letter = Letter::IdentityChanged { provider, linked };
    let email = found.and_then(|row| row.account().email);
    email.map(|email| seal_letter(context, &email, &letter)).transpose()
}

fn is_offered(context: &Context, provider: &ProviderName) -> bool {
    providers(context).iter().any(|offered| offered.name == *provider)
}

/// Of what this program has written itself.
fn provider_kept(text: &str) -> Result<ProviderName, Cause> {
    ProviderName::parse(text).ok_or_else(|| Cause::Defect("what was kept names no provider".to_owned()))
}

impl Back {
    /// `None`: the list does not have the target.
    fn of(context: &Context, wish: &Wish) -> Option<Self> {
        context.rules.redirects.find(&wish.redirect_to)?;
        let (target, state) = (wish.redirect_to.clone(), wish.state.clone());
        Some(Self { target, state, challenge: wish.challenge.text() })
    }

    /// `None`: it was taken off the list since.
    fn target(&self, context: &Context) -> Option<RedirectTarget> {
        context.rules.redirects.find(&self.target)
    }
}

/// Where a provider sends the browser back to. One address each, so that an answer is never taken for another's (RFC
/// 9700, section 4.4.2).
fn callback_url(context: &Context, provider: &ProviderName) -> Result<Url, Cause> {
    let text = format!("{}/v1/oauth/{provider}/callback", context.rules.public_url);
    Url::parse(&text).map_err(|_| Cause::Defect("PUBLIC_URL makes no URL".to_owned()))
}

fn new_pass(
    context: &Context,
    kind: Kind,
    user_id: Option<Uuid>,
    ttl: Duration,
    facts: &impl Serialize,
) -> Result<(NewToken, BrowserPass), Cause> {
    let (id, pass) = (Uuid::now_v7(), BrowserPass::random());
    let payload = Some(super::token_payload::seal(&context.house.sealer, id, facts)?);
    let expires_at = context.house.clock.now().plus(ttl);
    Ok((NewToken { id, kind, token_hash: pass.hash(), user_id, payload, expires_at }, pass))
}
