//! From a factor that was right to a session, or to what is still owed. Every way in ends here.

use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::cause::Cause;
use super::issue::{Bearer, IssuedTokens, issue};
use super::letters::seal_letter;
use super::{Context, Visit, token_payload};
use crate::actors::issuer::SessionFacts;
use crate::domain::letter::Letter;
use crate::domain::refresh_token::RefreshToken;
use crate::domain::revocation::Revocation;
use crate::domain::secret_token::SecretToken;
use crate::domain::session::{NewSession, SessionLimit};
use crate::domain::standing::{Barred, How, Permit, Standing, may_issue_tokens};
use crate::store::entries::Entry;
use crate::store::one_time_tokens::{Kind, NewToken, TokenRow};
use crate::store::users::UserRow;

/// A second factor is at hand within this, or the password is asked for again.
const MFA_CHALLENGE_TTL: Duration = Duration::from_mins(5);
/// Thinking of a new password takes longer.
const PASSWORD_CHALLENGE_TTL: Duration = Duration::from_mins(10);

/// How far somebody has come who gave what was asked for.
#[derive(Debug)]
pub enum SignedIn {
    Completely(Box<IssuedTokens>),
    SecondFactorOwed(Challenge),
    PasswordChangeOwed(Challenge),
}

/// To be brought back together with what is owed.
#[derive(Debug)]
pub struct Challenge {
    pub token: SecretString,
    pub expires_in: Duration,
}

/// What has been shown so far; it waits, sealed, beside the challenge.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Shown {
    /// RFC 8176, separated by spaces.
    pub amr: String,
    /// Whoever brought a device token is not told of a new device.
    pub known_device: bool,
    pub second_factor: bool,
    /// The user's when the password was right: what was begun before everything was signed out leads nowhere.
    pub auth_epoch: i64,
}

/// A way in, up to the unit that takes it.
pub(super) struct Entrance {
    /// For the unit.
    pub entry: Entry,
    /// For when the unit is done.
    pub beyond: Beyond,
}

pub(super) enum Beyond {
    Tokens { permit: Permit, refresh: RefreshToken, bearer: Box<Bearer> },
    SecondFactor(Challenge),
    NewPassword(Challenge),
}

/// Why nobody enters, whatever else is shown.
#[derive(Debug)]
pub(super) enum NoEntrance {
    /// Locked, disabled, or signed out everywhere since the first factor.
    Refused(Barred),
    EmailUnverified,
    Cause(Cause),
}

/// Asks the gate, and makes ready what it says.
pub(super) fn entrance(
    context: &Context,
    visit: &Visit,
    row: &UserRow,
    how: How,
    shown: Shown,
) -> Result<Entrance, NoEntrance> {
    let standing = row.standing();
    match may_issue_tokens(&standing, how, &context.rules.demands, context.house.clock.now()) {
        Ok(permit) => session(context, visit, row, permit, shown).map_err(NoEntrance::Cause),
        Err(Barred::SecondFactorOwed) => {
            let (token, challenge) = challenge(context, Kind::MfaChallenge, MFA_CHALLENGE_TTL, &standing, &shown)?;
            Ok(Entrance { entry: Entry::Challenge(token), beyond: Beyond::SecondFactor(challenge) })
        }
        Err(Barred::PasswordChangeOwed) => {
            let ttl = PASSWORD_CHALLENGE_TTL;
            let (token, challenge) = challenge(context, Kind::PasswordChange, ttl, &standing, &shown)?;
            Ok(Entrance { entry: Entry::Challenge(token), beyond: Beyond::NewPassword(challenge) })
        }
        Err(Barred::EmailUnverified) => Err(NoEntrance::EmailUnverified),
        Err(barred @ (Barred::Locked | Barred::Disabled | Barred::ClientDisabled)) => Err(NoEntrance::Refused(barred)),
    }
}

impl From<Cause> for NoEntrance {
    fn from(cause: Cause) -> Self {
        Self::Cause(cause)
    }
}

fn session(context: &Context, visit: &Visit, row: &UserRow, permit: Permit, shown: Shown) -> Result<Entrance, Cause> {
    let (standing, account) = (row.standing(), row.clone().account());
    let new = new_session(context, visit, &standing, shown.amr)?;
    // The first sign-in of all is from a device that its owner knows.
    let is_news = !shown.known_device && account.last_login.is_some();
    let letter = match &account.email {
        Some(email) if is_news => {
            let (ip, user_agent, at) = (visit.ip.clone(), visit.user_agent.clone(), new.auth_time);
            Some(seal_letter(context, email, &Letter::NewDevice { ip, user_agent, at })?)
        }
        Some(_) | None => None,
    };
    let refresh = RefreshToken { mac_key_id: new.mac_key_id, family: new.family_id, generation: 0 };
    let bearer = Bearer {
        standing,
        account,
        session: SessionFacts { session_id: new.id, auth_time: new.auth_time, amr: new.amr.clone() },
        refresh_expires_at: new.idle_expires_at,
    };
    let beyond = Beyond::Tokens { permit, refresh, bearer: Box::new(bearer) };
    Ok(Entrance { entry: Entry::Session { session: new, letter }, beyond })
}

fn new_session(context: &Context, visit: &Visit, standing: &Standing, amr: String) -> Result<NewSession, Cause> {
    let now = context.house.clock.now();
    let expires_at = now.plus(context.rules.session_max_age);
    Ok(NewSession {
        id: Uuid::now_v7(),
        family_id: Uuid::now_v7(),
        user_id: standing.user_id,
        auth_epoch: standing.auth_epoch,
        mac_key_id: context.house.issuer.newest_mac_key()?,
        auth_time: now,
        expires_at,
        idle_expires_at: expires_at.min(now.plus(context.rules.refresh_ttl)),
        amr,
        ip: visit.ip.clone(),
        user_agent: visit.user_agent.clone(),
        limit: context
            .rules
            .sessions_per_user
            .map(|sessions| SessionLimit { sessions, access_ttl: context.rules.access_ttl }),
    })
}

fn challenge(
    context: &Context,
    kind: Kind,
    ttl: Duration,
    standing: &Standing,
    shown: &Shown,
) -> Result<(NewToken, Challenge), Cause> {
    let (id, token) = (Uuid::now_v7(), SecretToken::random());
    let payload = token_payload::seal(&context.house.sealer, id, shown)?;
    let new = NewToken {
        id,
        kind,
        token_hash: token.hash(),
        user_id: Some(standing.user_id),
        payload: Some(payload),
        expires_at: context.house.clock.now().plus(ttl),
    };
    Ok((new, Challenge { token: token.secret().clone(), expires_in: ttl }))
}

impl Shown {
    /// What stands beside a challenge.
    pub(super) fn beside(context: &Context, row: &TokenRow) -> Result<Self, Cause> {
        token_payload::open(&context.house.sealer, row)
    }
}

impl Beyond {
    /// Only after the unit is done. `ended`: the sessions that had to go for this one.
    pub(super) async fn reach(self, context: &Context, visit: &Visit, ended: &[Revocation]) -> Result<SignedIn, Cause> {
        for revocation in ended {
            context.house.revocations.learn(revocation);
        }
        // There may be a letter to send.
        context.house.mailer.wake();
        match self {
            Self::Tokens { permit, refresh, bearer } => {
                let tokens = issue(context, visit, permit, refresh, *bearer).await?;
                Ok(SignedIn::Completely(Box::new(tokens)))
            }
            Self::SecondFactor(challenge) => Ok(SignedIn::SecondFactorOwed(challenge)),
            Self::NewPassword(challenge) => Ok(SignedIn::PasswordChangeOwed(challenge)),
        }
    }
}

impl SignedIn {
    /// For the log.
    pub(super) const fn word(&self) -> &'static str {
        match self {
            Self::Completely(_) => "success",
            Self::SecondFactorOwed(_) => "mfa_required",
            Self::PasswordChangeOwed(_) => "password_change_required",
        }
    }
}
