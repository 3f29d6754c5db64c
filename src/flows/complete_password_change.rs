//! Signing in with a password that was right and may not stay: it is old, or was somebody else's choice.

use uuid::Uuid;

use super::cause::Cause;
use super::entering::{Entrance, NoEntrance, Shown, SignedIn, entrance};
use super::letters::seal_letter;
use super::new_password::{self, About, NewPasswordError};
use super::trail::{Entered, note_no_entrance, sessions_ended};
use super::{Context, Visit};
use crate::domain::audit_event::{Action, Actor, NewEvent};
use crate::domain::letter::Letter;
use crate::domain::password::{NewPassword, Weakness};
use crate::domain::secret_token::SecretToken;
use crate::domain::session::EndReason;
use crate::domain::standing::How;
use crate::store::audited::audited;
use crate::store::entries::Entry;
use crate::store::one_time_tokens::{FindToken, Kind, TokenRow};
use crate::store::passwords::{ChangeCompleted, CompleteChange, FindPassword, SetPassword};
use crate::store::users::CredentialsRow;

/// In the audit trail.
const METHOD: &str = "sign_in";

#[derive(Debug)]
pub struct CompletePasswordChange {
    /// `None`: what was given cannot be a challenge.
    pub challenge: Option<SecretToken>,
    pub new: NewPassword,
}

#[derive(Debug, thiserror::Error)]
pub enum CompletePasswordChangeError {
    /// Unknown, spent, expired, or from before everything was signed out; or the account is closed.
    #[error("the challenge is spent")]
    ChallengeSpent,
    #[error("the password is too weak")]
    WeakPassword(Vec<Weakness>),
    #[error("the e-mail address is not verified")]
    EmailUnverified,
    #[error(transparent)]
    Cause(#[from] Cause),
}

/// Sets the password, ends every session that there is, and begins one; or says what is still owed.
///
/// # Errors
/// [`CompletePasswordChangeError`]. A weak password leaves the challenge good.
pub async fn complete_password_change(
    context: &Context,
    visit: &Visit,
    input: CompletePasswordChange,
) -> Result<SignedIn, CompletePasswordChangeError> {
    let challenge = input.challenge.ok_or(CompletePasswordChangeError::ChallengeSpent)?;
    let token_hash = challenge.hash();
    let (CredentialsRow { hashed_password: old, user }, shown) = who_brings(context, visit, token_hash).await?;
    let standing = user.standing();
    let (user_id, auth_epoch) = (standing.user_id, standing.auth_epoch);

    // The session begins after everything else has ended: in the epoch that comes, with nothing owed any more.
    let renewed = user.clone().with_new_password(context.house.clock.now());
    let how = How::NewPassword { after_second_factor: shown.second_factor };
    let shown = Shown { auth_epoch: renewed.standing().auth_epoch, ..shown };
    let Entrance { entry, beyond } = match entrance(context, visit, &renewed, how, shown) {
        Ok(entrance) => entrance,
        Err(no) => {
            note_no_entrance(context, visit, user_id, METHOD, &no).await?;
            return Err(no.into());
        }
    };
    let told = told(visit, user_id, &entry);

    let account = user.account();
    let accepted = new_password::check(context, visit, input.new, &About::account(&account, old.as_deref())).await?;
    let new = new_password::hash(context, visit, accepted).await?;
    let letter = account.email.as_ref().map(|email| seal_letter(context, email, &Letter::PasswordChanged));
    let (history, letter) = (context.rules.password_policy.former(), letter.transpose()?);
    let set = SetPassword { user_id, auth_epoch, old, new, history, letter };
    let (attempt, access_ttl) = (Uuid::now_v7(), context.rules.access_ttl);
    let unit = audited(CompleteChange { token_hash, attempt, set, access_ttl, entry }, told);
    let ended = match context.house.database.run(unit, visit.deadline).await.map_err(Cause::from)? {
        ChangeCompleted::Yes(ended) => ended,
        ChangeCompleted::Spent => return Err(CompletePasswordChangeError::ChallengeSpent),
    };
    let signed_in = beyond.reach(context, visit, &ended).await?;
    tracing::info!(event = "password_change_at_sign_in", outcome = signed_in.word(), %user_id);
    Ok(signed_in)
}

/// The password, the sessions that end with it, the one that begins.
fn told(visit: &Visit, user_id: Uuid, entry: &Entry) -> impl Fn(&ChangeCompleted) -> Vec<NewEvent> + use<> {
    let actor = Actor::person(user_id);
    let changed = visit.event(Action::PasswordChanged, actor).about(user_id).with("at", METHOD);
    let ended_all = sessions_ended(visit, actor, user_id, EndReason::PasswordChanged);
    let entered = Entered::of(visit, user_id, entry);
    move |completed| match completed {
        ChangeCompleted::Yes(ended) => {
            [changed.clone(), ended_all.clone()].into_iter().chain(entered.events(ended)).collect()
        }
        ChangeCompleted::Spent => Vec::new(),
    }
}

/// The account as it is now, and what was shown on the way to the challenge.
async fn who_brings(
    context: &Context,
    visit: &Visit,
    token_hash: [u8; 32],
) -> Result<(CredentialsRow, Shown), CompletePasswordChangeError> {
    let database = &context.house.database;
    let find = FindToken { kind: Kind::PasswordChange, token_hash };
    let token = database.run(find, visit.deadline).await.map_err(Cause::from)?;
    let Some(token @ TokenRow { user_id: Some(user_id), .. }) = token else {
        return Err(CompletePasswordChangeError::ChallengeSpent);
    };
    let shown = Shown::beside(context, &token)?;
    let row = database.run(FindPassword { user_id }, visit.deadline).await.map_err(Cause::from)?;
    match row {
        Some(row) if row.user.standing().auth_epoch == shown.auth_epoch => Ok((row, shown)),
        Some(_) | None => Err(CompletePasswordChangeError::ChallengeSpent),
    }
}

impl From<NoEntrance> for CompletePasswordChangeError {
    fn from(no: NoEntrance) -> Self {
        match no {
            NoEntrance::Refused(barred) => {
                tracing::info!(event = "password_change_at_sign_in", outcome = %barred);
                Self::ChallengeSpent
            }
            NoEntrance::EmailUnverified => Self::EmailUnverified,
            NoEntrance::Cause(cause) => Self::Cause(cause),
        }
    }
}

impl From<NewPasswordError> for CompletePasswordChangeError {
    fn from(error: NewPasswordError) -> Self {
        match error {
            NewPasswordError::Weak(weaknesses) => Self::WeakPassword(weaknesses),
            NewPasswordError::Cause(cause) => Self::Cause(cause),
        }
    }
}
