//! The browser comes back from a provider. Who it is the provider says; what comes of it waits for the app.

use secrecy::SecretString;
use uuid::Uuid;

use super::{CODE_TTL, Earned, Purpose, UnderWay, Vouched, What, Who, callback_url, new_pass, provider_kept};
use crate::actors::oauth::{Account, OauthError, Redeem};
use crate::domain::access_token::FRESH_SECONDS;
use crate::domain::account::NewAccount;
use crate::domain::audit_event::{Action, Actor};
use crate::domain::browser_token::{BrowserKey, BrowserPass};
use crate::domain::identity::NewIdentity;
use crate::domain::pkce::CodeVerifier;
use crate::domain::provider::ProviderName;
use crate::domain::redirects::RedirectTarget;
use crate::domain::role::USER;
use crate::flows::cause::Cause;
use crate::flows::trail::{note, sign_in_failed};
use crate::flows::{Context, Registration, Visit, token_payload};
use crate::store::audited::audited;
use crate::store::identities::{FindIdentity, IdentityRegistered, RegisterIdentity};
use crate::store::one_time_tokens::{FindToken, IssueToken, Kind, SpendToken};
use crate::store::users::FindUser;

#[derive(Debug)]
pub struct ComeBack {
    /// Whose address the browser came to. `None`: nobody's.
    pub provider: Option<ProviderName>,
    pub state: Option<BrowserPass>,
    /// Of the cookie.
    pub browser: Option<BrowserKey>,
    pub answer: Answer,
    /// RFC 9207
    pub iss: Option<String>,
}

/// RFC 6749, section 4.1.2.
#[derive(Debug)]
pub enum Answer {
    Code(SecretString),
    /// Its `error`, or nothing at all.
    Error(Option<String>),
}

/// Where the browser goes, and with what: a code for the app, or the reason why there is none.
#[derive(Debug)]
pub struct Returned {
    pub target: RedirectTarget,
    pub state: Option<String>,
    pub outcome: Result<BrowserPass, ComeBackError>,
}

#[derive(Debug, thiserror::Error)]
pub enum NotOurs {
    /// Unknown, spent, expired, from another provider, or begun in another browser: nobody knows where to send this one.
    #[error("the browser brings no state that was given to it")]
    InvalidState,
    #[error(transparent)]
    Cause(#[from] Cause),
}

#[derive(Debug, thiserror::Error)]
pub enum ComeBackError {
    /// Somebody pressed Cancel there.
    #[error("the provider was not allowed to answer")]
    Denied,
    #[error(transparent)]
    Provider(#[from] OauthError),
    /// It tells no address, or does not say that it is theirs.
    #[error("the provider does not vouch for the address")]
    EmailUnverified,
    /// Signing in to that account and linking the identity there is the way.
    #[error("the address has an account that the identity is not linked to")]
    AccountExists,
    #[error("registration is closed")]
    RegistrationClosed,
    #[error("the identity is not one of the account")]
    AnotherIdentity,
    #[error("the provider has not asked who it is")]
    NotFresh,
    /// Deleted, just now.
    #[error("there is no such account")]
    NoSuchAccount,
    #[error(transparent)]
    Cause(#[from] Cause),
}

impl ComeBackError {
    /// For the audit trail. `None`: nobody's fault.
    const fn cause(&self) -> Option<&'static str> {
        match self {
            Self::Denied => Some("denied"),
            Self::Provider(_) => Some("provider"),
            Self::EmailUnverified => Some("unverified"),
            Self::AccountExists => Some("account_exists"),
            Self::RegistrationClosed => Some("registration_closed"),
            Self::AnotherIdentity => Some("another_identity"),
            Self::NotFresh => Some("not_fresh"),
            Self::NoSuchAccount => Some("unknown"),
            Self::Cause(_) => None,
        }
    }
}

/// RFC 6749, section 4.1.2.1.
const ACCESS_DENIED: &str = "access_denied";

/// # Errors
/// [`NotOurs`]: the state is as good as before then, unless it was spent. Everything else goes to the app.
pub async fn come_back(context: &Context, visit: &Visit, input: ComeBack) -> Result<Returned, NotOurs> {
    let (Some(provider), Some(state), Some(browser)) = (input.provider, input.state, input.browser) else {
        return Err(NotOurs::InvalidState);
    };
    let (kind, token_hash) = (Kind::OauthState, state.hash());
    let database = &context.house.database;
    let row = database.run(FindToken { kind, token_hash }, visit.deadline).await.map_err(Cause::from)?;
    let UnderWay { journey, nonce, verifier, browser: bound_to } =
        token_payload::open(&context.house.sealer, &row.ok_or(NotOurs::InvalidState)?)?;
    // Looked at before it is spent: who has seen a state in a log cannot spoil it from another browser.
    if !browser.is_of(&bound_to) || provider_kept(&journey.provider)? != provider {
        return Err(NotOurs::InvalidState);
    }
    let spend = SpendToken { kind, token_hash, attempt: Uuid::now_v7() };
    if database.run(spend, visit.deadline).await.map_err(Cause::from)?.is_none() {
        return Err(NotOurs::InvalidState);
    }
    let target = journey.back.target(context).ok_or(NotOurs::InvalidState)?;
    let code_verifier = CodeVerifier::parse(&verifier).map_err(|cause| Cause::Defect(cause.to_string()))?;
    let redirect_uri = callback_url(context, &provider)?;
    let is_sign_in = matches!(journey.purpose, Purpose::SignIn);
    let outcome = async {
        let code = code_of(input.answer)?;
        let redeem = Redeem { code, code_verifier, nonce, redirect_uri, iss: input.iss };
        let account = context.house.oauth.redeem(&provider, redeem, visit.deadline).await?;
        let what = earn(context, visit, journey.purpose, account).await?;
        let user_id = what.user_id();
        let earned = Earned { challenge: journey.back.challenge, what };
        let (token, pass) = new_pass(context, Kind::OauthCode, Some(user_id), CODE_TTL, &earned)?;
        let issue = IssueToken { token, withdraws_earlier: false };
        database.run(issue, visit.deadline).await.map_err(Cause::from)?;
        Ok(pass)
    };
    let outcome = outcome.await;
    let word = outcome.as_ref().err().map_or_else(|| "success".to_owned(), ComeBackError::to_string);
    tracing::info!(event = "oauth_callback", outcome = word, %provider);
    if let (Err(error), true) = (&outcome, is_sign_in)
        && let Some(cause) = error.cause()
    {
        note(context, visit, sign_in_failed(visit, None, provider.as_str(), cause)).await?;
    }
    Ok(Returned { target, state: journey.back.state, outcome })
}

fn code_of(answer: Answer) -> Result<SecretString, ComeBackError> {
    match answer {
        Answer::Code(code) => Ok(code),
        Answer::Error(Some(error)) if error == ACCESS_DENIED => Err(ComeBackError::Denied),
        Answer::Error(error) => Err(OauthError::Refused { error: error.unwrap_or_default() }.into()),
    }
}

async fn earn(context: &Context, visit: &Visit, purpose: Purpose, account: Account) -> Result<What, ComeBackError> {
    match purpose {
        Purpose::SignIn => sign_in(context, visit, account).await,
        // Whose it is decides the unit that links it.
        Purpose::Link(who) => Ok(What::Link { who, identity: Vouched::of(&identity_of(&account)) }),
        Purpose::Reauthenticate(who) => again(context, visit, who, &account).await,
    }
}

fn identity_of(account: &Account) -> NewIdentity {
    NewIdentity {
        id: Uuid::now_v7(),
        provider: account.provider.clone(),
        issuer: account.issuer.clone(),
        subject: account.subject.clone(),
        email: account.email.clone(),
    }
}

async fn owner(context: &Context, visit: &Visit, account: &Account) -> Result<Option<Uuid>, Cause> {
    let find = FindIdentity { issuer: account.issuer.clone(), subject: account.subject.clone() };
    let found = context.house.database.run(find, visit.deadline).await?;
    Ok(found.map(|identity| identity.user_id))
}

async fn sign_in(context: &Context, visit: &Visit, account: Account) -> Result<What, ComeBackError> {
    let user_id = match owner(context, visit, &account).await? {
        Some(user_id) => user_id,
        None => register(context, visit, &account).await?,
    };
    let found = context.house.database.run(FindUser { id: user_id }, visit.deadline).await.map_err(Cause::from)?;
    let auth_epoch = found.ok_or(ComeBackError::NoSuchAccount)?.standing().auth_epoch;
    let identity = Vouched::of(&identity_of(&account));
    Ok(What::SignIn { user_id, auth_epoch, identity, roles: account.roles })
}

/// An account for somebody who comes for the first time. An address never leads to an account that is there: that
/// whoever runs the provider says so is no proof to its owner.
async fn register(context: &Context, visit: &Visit, account: &Account) -> Result<Uuid, ComeBackError> {
    let email = account.email.clone().filter(|_| account.email_verified).ok_or(ComeBackError::EmailUnverified)?;
    let now = context.house.clock.now();
    let new = NewAccount {
        id: Uuid::now_v7(),
        email: Some(email),
        username: None,
        hashed_password: None,
        display_name: account.name.clone(),
        metadata: None,
        email_verified_at: Some(now),
        created_at: now,
    };
    let may_register = match context.rules.registration {
        Registration::Open => true,
        Registration::Invite => false,
    };
    let user_id = new.id;
    let event = visit.event(Action::UserCreated, Actor::person(user_id)).about(user_id);
    let event = event.with("by", account.provider.as_str()).with("role", USER.name);
    let unit = RegisterIdentity { account: new, identity: identity_of(account), may_register };
    let unit = audited(unit, move |done| matches!(done, IdentityRegistered::Yes).then(|| event.clone()));
    match context.house.database.run(unit, visit.deadline).await.map_err(Cause::from)? {
        IdentityRegistered::Yes => {
            tracing::info!(event = "account_created", %user_id, provider = %account.provider);
            Ok(user_id)
        }
        IdentityRegistered::Known(identity) => Ok(identity.user_id),
        IdentityRegistered::EmailTaken => Err(ComeBackError::AccountExists),
        IdentityRegistered::Closed => Err(ComeBackError::RegistrationClosed),
    }
}

/// Somebody shows once more who they are: with an identity of theirs, and just now as far as the provider tells.
async fn again(context: &Context, visit: &Visit, who: Who, account: &Account) -> Result<What, ComeBackError> {
    if owner(context, visit, account).await? != Some(who.user_id) {
        return Err(ComeBackError::AnotherIdentity);
    }
    let now = context.house.clock.now().unix_seconds();
    let is_old = |at: i64| now > at.saturating_add(FRESH_SECONDS);
    if account.auth_time.is_some_and(|at| is_old(at.unix_seconds())) {
        return Err(ComeBackError::NotFresh);
    }
    Ok(What::Reauthenticate { who })
}

impl What {
    pub(super) const fn user_id(&self) -> Uuid {
        match self {
            Self::SignIn { user_id, .. } => *user_id,
            Self::Link { who, .. } | Self::Reauthenticate { who } => who.user_id,
        }
    }
}
