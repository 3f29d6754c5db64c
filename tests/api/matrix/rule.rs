//! What the contract says of each cell: one small rule.

use super::doors::Door;
use crate::app::{Answer, token_in};

/// What can be the matter with an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    Locked,
    Disabled,
    Deleted,
    /// While addresses have to be verified.
    Unverified,
    Mfa,
    MustChange,
    /// Its password is older than passwords may become.
    Expired,
}

pub type State = Vec<Mark>;

impl Mark {
    pub const ALL: [Self; 7] =
        [Self::Locked, Self::Disabled, Self::Deleted, Self::Unverified, Self::Mfa, Self::MustChange, Self::Expired];

    /// Behind the server's back, so that nothing but the gate can notice: no session is ended, no counter raised.
    /// `None`: only the account's own deletion does it.
    pub const fn as_sql(self) -> Option<&'static str> {
        Some(match self {
            Self::Locked => "locked_at = 1",
            Self::Disabled => "active = FALSE",
            Self::Deleted => return None,
            Self::Unverified => "email_verified_at = NULL",
            Self::Mfa => "mfa_enabled = TRUE",
            Self::MustChange => "must_change_password = TRUE",
            Self::Expired => "password_changed_at = 1",
        })
    }
}

/// Sorted, as all states are.
pub fn marked(marks: &[Mark]) -> State {
    let mut marks = marks.to_vec();
    marks.sort_unstable();
    marks
}

/// Nothing, and each mark alone.
pub fn every_single() -> Vec<State> {
    [vec![]].into_iter().chain(Mark::ALL.map(|mark| vec![mark])).collect()
}

/// And each two of them. Nothing else can be the matter with an account that is gone.
pub fn every_pair() -> Vec<State> {
    let mut states = every_single();
    for (index, first) in Mark::ALL.into_iter().enumerate() {
        for second in Mark::ALL.into_iter().skip(index + 1) {
            if first != Mark::Deleted && second != Mark::Deleted {
                states.push(marked(&[first, second]));
            }
        }
    }
    states
}

/// What somebody has done who knocks at a door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shows {
    /// `false`: a session that has begun goes on.
    pub begins_session: bool,
    /// At this door or on the way to it.
    pub second_factor: bool,
    /// Brings a new password.
    pub new_password: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Tokens,
    SecondFactorOwed,
    PasswordChangeOwed,
    EmailUnverified,
    /// As if there were no such account, session or challenge.
    Refused,
    /// The same, and there is none.
    Gone,
}

/// Nobody is told what is owed whose account is closed; nobody owes a password who has not shown every factor.
pub fn expected(shows: Shows, state: &[Mark]) -> Outcome {
    let is = |mark| state.contains(&mark);
    if is(Mark::Deleted) {
        Outcome::Gone
    } else if is(Mark::Locked) || is(Mark::Disabled) {
        Outcome::Refused
    } else if !shows.begins_session {
        Outcome::Tokens
    } else if is(Mark::Unverified) {
        Outcome::EmailUnverified
    } else if is(Mark::Mfa) && !shows.second_factor {
        Outcome::SecondFactorOwed
    } else if (is(Mark::MustChange) || is(Mark::Expired)) && !shows.new_password {
        Outcome::PasswordChangeOwed
    } else {
        Outcome::Tokens
    }
}

impl Outcome {
    /// Whether an answer of this door is this outcome, to the status and the code.
    ///
    /// # Errors
    /// What it was instead.
    pub fn hold(self, door: Door, answer: &Answer) -> Result<(), String> {
        let json = answer.json();
        let word = |field: &str| json[field].as_str().unwrap_or_default().to_owned();
        let status = answer.status.as_u16();
        let is_as_said = match self {
            Self::Tokens => status == 200 && !word("access_token").is_empty() && !word("refresh_token").is_empty(),
            Self::SecondFactorOwed => is_challenge(answer, "mfa_required"),
            Self::PasswordChangeOwed => is_challenge(answer, "password_change_required"),
            Self::EmailUnverified => (status, word("code").as_str()) == (403, "email_not_verified"),
            Self::Refused => (status, word("code") + &word("error")) == door.refusal(),
            Self::Gone => (status, word("code") + &word("error")) == door.refusal_of_the_unknown(),
        };
        let holds_token =
            !matches!(self, Self::EmailUnverified | Self::Refused | Self::Gone) || no_token_in(answer).is_ok();
        let as_said = is_as_said && holds_token;
        if as_said { Ok(()) } else { Err(format!("not {self:?}, but {status} {}", answer.text)) }
    }
}

fn is_challenge(answer: &Answer, status: &str) -> bool {
    let json = answer.json();
    let keys: Vec<_> = json.as_object().into_iter().flat_map(|object| object.keys()).collect();
    let known = ["challenge", "expires_in", "factors", "status"];
    answer.status == 200
        && json["status"] == status
        && json["challenge"].as_str().is_some_and(|challenge| challenge.starts_with("ks1_"))
        && keys.iter().all(|key| known.contains(&key.as_str()))
}

/// Neither a token nor a challenge, under whatever name: by how ours begin, and how every JWT does.
///
/// # Errors
/// What was found.
pub fn no_token_in(answer: &Answer) -> Result<(), String> {
    let headers = format!("{:?}", answer.headers);
    match token_in(&answer.text).or(token_in(&headers)) {
        None => Ok(()),
        Some(token) => Err(format!("{token} in {} {}", answer.status, answer.text)),
    }
}
