//! Making an account of one's own: at once, or, where addresses have to be verified, when the mail is answered.

use uuid::Uuid;

use super::cause::Cause;
use super::even_pace::next_tick;
use super::invite::{self, NoGood};
use super::mailed_token::{address_of, mailed_token};
use super::new_password::{self, About, NewPasswordError};
use super::pending_registration::{Pending, pending_id};
use super::resend_verification::verification;
use super::{Context, EmailVerification, Registration, Visit};
use crate::domain::account::{Account, NewAccount};
use crate::domain::audit_event::{Action, Actor};
use crate::domain::email::Email;
use crate::domain::letter::Letter;
use crate::domain::password::{NewPassword, Weakness};
use crate::domain::profile::{DisplayName, Metadata};
use crate::domain::role::USER;
use crate::domain::secret_token::SecretToken;
use crate::domain::username::{Identifier, Username};
use crate::store::audited::audited;
use crate::store::registrations::{AwaitProof, Register as RegisterUnit, Registered as Done, Spend};
use crate::store::users::{Created, FindCredentials, WhoHolds};

#[derive(Debug)]
pub struct Register {
    pub email: Email,
    pub password: NewPassword,
    pub username: Option<Username>,
    pub display_name: Option<DisplayName>,
    pub metadata: Option<Metadata>,
    pub invitation: Brought,
}

/// The invitation in a request.
#[derive(Debug)]
pub enum Brought {
    Nothing,
    /// What was brought cannot be a token.
    NoToken,
    Token(SecretToken),
}

#[derive(Debug)]
pub enum Registered {
    Now(Box<Account>),
    /// There is no account before the mail is answered; and nothing says whether the address has one already.
    WhenProved,
}

#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    #[error("registration is closed, or asks for an invitation")]
    Closed,
    #[error("the invitation is for another address")]
    InvitationForAnother,
    #[error("the invitation is spent or has expired")]
    InvitationSpent,
    #[error("the password is too weak")]
    WeakPassword(Vec<Weakness>),
    /// Never where addresses have to be verified.
    #[error("the e-mail address is taken")]
    EmailTaken,
    #[error("the username is taken")]
    UsernameTaken,
    #[error(transparent)]
    Cause(#[from] Cause),
}

/// # Errors
/// [`RegisterError`]; the cheap refusals come before a place in the hasher is taken, and every one leaves the invitation
/// good.
pub async fn register(context: &Context, visit: &Visit, input: Register) -> Result<Registered, RegisterError> {
    let invitation = admission(context, visit, &input).await?;
    let shows_address = invitation.as_ref().is_some_and(|invitation| invitation.shows_address);
    let spend = invitation.map(|invitation| invitation.spend);
    let awaits_proof = context.rules.email_verification == EmailVerification::Required && !shows_address;
    let about = About {
        email: Some(input.email.as_entered()),
        username: input.username.as_ref().map(Username::as_entered),
        display_name: input.display_name.as_ref().map(DisplayName::as_str),
        holder: None,
    };
    let accepted = new_password::check(context, visit, input.password, &about).await?;
    let id = Uuid::now_v7();
    // Usernames are public. Whose an address is must not show where it has to be proved.
    let email = Some(input.email.clone()).filter(|_| !awaits_proof);
    let who_holds = WhoHolds { id, email, username: input.username.clone() };
    refuse_taken(context.house.database.run(who_holds, visit.deadline).await.map_err(Cause::from)?)?;
    let hashed = new_password::hash(context, visit, accepted).await?;
    let now = context.house.clock.now();
    let account = NewAccount {
        id,
        email: Some(input.email.clone()),
        username: input.username,
        hashed_password: Some(hashed),
        display_name: input.display_name,
        metadata: input.metadata,
        email_verified_at: shows_address.then_some(now),
        created_at: now,
    };
    if awaits_proof {
        await_proof(context, visit, &account, &input.email, spend).await?;
        return Ok(Registered::WhenProved);
    }
    let made = account.as_made();
    make(context, visit, account, &input.email, spend).await?;
    Ok(Registered::Now(Box::new(made)))
}

/// Whether anybody may register now, or who brings this.
async fn admission(context: &Context, visit: &Visit, input: &Register) -> Result<Option<invite::Good>, RegisterError> {
    let needs_one = match context.rules.registration {
        Registration::Open => false,
        Registration::Invite => true,
    };
    match &input.invitation {
        Brought::Nothing if needs_one => Err(RegisterError::Closed),
        Brought::Nothing => Ok(None),
        Brought::NoToken => Err(RegisterError::InvitationSpent),
        Brought::Token(token) => Ok(Some(invite::look_at(context, visit, token, &input.email).await?)),
    }
}

/// Now. Where proofs are asked for, the mail goes out in the same unit.
async fn make(
    context: &Context,
    visit: &Visit,
    account: NewAccount,
    email: &Email,
    invitation: Option<Spend>,
) -> Result<(), RegisterError> {
    let asks = context.rules.email_verification != EmailVerification::Off && account.email_verified_at.is_none();
    let letter = asks.then(|| verification(context, account.id, email, Some(email.as_entered()))).transpose()?;
    let user_id = account.id;
    let by = if invitation.is_some() { "invitation" } else { "registration" };
    let event = visit.event(Action::UserCreated, Actor::person(user_id)).about(user_id).identifier(email.key());
    let event = event.with("by", by).with("role", USER.name);
    let unit = RegisterUnit { account, invitation, verification: letter };
    let unit = audited(unit, move |done| (*done == Done::Yes).then(|| event.clone()));
    refuse(context.house.database.run(unit, visit.deadline).await.map_err(Cause::from)?)?;
    context.house.mailer.wake();
    tracing::info!(event = "account_created", %user_id);
    Ok(())
}

/// The same steps whether or not the address has an account: what differs is who is told what by mail.
async fn await_proof(
    context: &Context,
    visit: &Visit,
    account: &NewAccount,
    email: &Email,
    invitation: Option<Spend>,
) -> Result<(), RegisterError> {
    let database = &context.house.database;
    let find = FindCredentials(Identifier::Email(email.clone()));
    let known = database.run(find, visit.deadline).await.map_err(Cause::from)?;
    let pending = Pending::of(account, email);
    let mail = match &known {
        None => {
            let mailing = pending.mailing(pending_id(context, email), email, Some(email.as_entered()));
            mailed_token(context, &mailing, |token| Letter::VerifyEmail { token })?
        }
        Some(row) => {
            let (blank, owner) = (pending.blank(), address_of(&row.user));
            // Never found when another mail is asked for.
            let nobody = context.house.sealer.pseudonym("registration of a taken address", email.key());
            mailed_token(context, &blank.mailing(nobody, email, owner.as_deref()), |_| Letter::AddressTaken)?
        }
    };
    let event = visit.event(Action::RegistrationRequested, Actor::NOBODY).identifier(email.key());
    let unit = AwaitProof { username: account.username.clone(), invitation, mail };
    let unit = audited(unit, move |done| (*done == Done::Yes).then(|| event.clone()));
    refuse(database.run(unit, visit.deadline).await.map_err(Cause::from)?)?;
    context.house.mailer.wake();
    tracing::info!(event = "registration_awaits_proof");
    next_tick(visit).await;
    Ok(())
}

fn refuse_taken(created: Created) -> Result<(), RegisterError> {
    refuse(created.into())
}

fn refuse(done: Done) -> Result<(), RegisterError> {
    match done {
        Done::Yes => Ok(()),
        Done::TokenSpent => Err(RegisterError::InvitationSpent),
        Done::EmailTaken => Err(RegisterError::EmailTaken),
        Done::UsernameTaken => Err(RegisterError::UsernameTaken),
    }
}

impl From<NewPasswordError> for RegisterError {
    fn from(error: NewPasswordError) -> Self {
        match error {
            NewPasswordError::Weak(weaknesses) => Self::WeakPassword(weaknesses),
            NewPasswordError::Cause(cause) => Self::Cause(cause),
        }
    }
}

impl From<NoGood> for RegisterError {
    fn from(no_good: NoGood) -> Self {
        match no_good {
            NoGood::Spent => Self::InvitationSpent,
            NoGood::ForAnother => Self::InvitationForAnother,
            NoGood::Cause(cause) => Self::Cause(cause),
        }
    }
}
