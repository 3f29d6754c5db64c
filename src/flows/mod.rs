//! What a person, a program or an operator does here, one file for each thing. The decisions of the business stand in
//! this floor and nowhere else.
//!
//! A flow is a plain function of [`Context`]: it asks doors, decides, and answers with a domain value or with an error
//! whose variants are the answers that somebody may get, plus one [`cause::Cause`] for everything that is nobody's
//! fault. It knows no HTTP, no SQL, and no actor but through its door.

pub mod admin;
pub mod authenticate;
pub mod cause;
pub mod change_email;
pub mod change_password;
pub mod change_profile;
pub mod check_password;
pub mod client_sign_in;
pub mod complete_mfa;
pub mod complete_password_change;
pub mod create_administrator;
pub mod create_roles;
pub mod delete_account;
pub mod enrol_totp;
pub mod entering;
mod even_pace;
pub mod examine;
pub mod export_personal_data;
pub mod export_users;
pub mod forgot_password;
mod given_password;
pub mod grants;
mod holder;
pub mod import_users;
pub mod introspect;
pub mod invite;
pub mod issue;
pub mod keep_mfa;
mod letters;
mod mailed_token;
mod new_password;
pub mod note_copy;
pub mod note_start;
pub mod oauth;
pub mod offer_set_up;
pub mod own_events;
pub mod own_sessions;
mod pending_registration;
pub mod read_audit;
pub mod read_revocations;
pub mod reauthenticate;
pub mod refresh;
pub mod register;
mod rehash;
pub mod reseal;
pub mod resend_verification;
pub mod reset_password;
pub mod revoke_token;
pub mod second_factor;
pub mod set_up;
pub mod sign_in;
pub mod sign_out;
pub mod throttle;
mod token_payload;
mod trail;
pub mod verify_audit;
pub mod verify_email;
pub mod view_account;

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use uuid::Uuid;

use crate::actors::house::House;
use crate::domain::audit_event::{Action, Actor, NewEvent, Personal};
use crate::domain::clock::Deadline;
use crate::domain::password::PasswordPolicy;
use crate::domain::provider::ProviderName;
use crate::domain::redirects::Redirects;
use crate::domain::standing::Demands;
use crate::domain::throttle::Limits;

/// What every flow is given: the doors, and the rules of this installation.
#[derive(Clone)]
pub struct Context {
    pub house: House,
    pub rules: Rules,
}

/// Who may make an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registration {
    Open,
    /// Whoever brings an invitation.
    Invite,
}

/// Whether an address has to be shown to be its owner's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailVerification {
    Off,
    /// It is asked for, and nothing depends on it.
    Optional,
    /// Nobody has an account before.
    Required,
}

/// What the operator has decided.
#[derive(Clone, Debug)]
pub struct Rules {
    pub registration: Registration,
    /// Whether an address has to be shown to be its owner's.
    pub email_verification: EmailVerification,
    pub demands: Demands,
    /// None: nothing is throttled.
    pub throttle: Option<Limits>,
    pub password_policy: PasswordPolicy,
    /// Whose codes an authenticator app says it shows.
    pub totp_issuer: String,
    /// The address people know the server by, without a slash at its end.
    pub public_url: String,
    /// Where browsers may go after a sign-in with a provider.
    pub redirects: Redirects,
    /// Which roles are a provider's to decide about.
    pub claimed_roles: BTreeMap<ProviderName, Vec<String>>,
    pub access_ttl: Duration,
    /// Idle time-out of a session: it slides with each refresh.
    pub refresh_ttl: Duration,
    /// Absolute time-out of a session.
    pub session_max_age: Duration,
    /// The oldest goes when there are more. `None`: no limit.
    pub sessions_per_user: Option<NonZeroU32>,
    /// How long the refresh token before the head still gets the head again. Zero: never.
    pub refresh_grace: Duration,
}

/// One request, as far as flows care: until when an answer is of use, from where it came, and what the audit trail says of
/// it.
#[derive(Clone, Debug)]
pub struct Visit {
    pub deadline: Deadline,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    pub request_id: Option<String>,
    /// The one that answers; nil on the command line.
    pub node: Uuid,
}

impl Visit {
    /// For what came over no network, such as a command, and for what leaves no trace.
    pub fn until(deadline: Deadline) -> Self {
        Self { deadline, ip: None, user_agent: None, request_id: None, node: Uuid::nil() }
    }

    /// An event of this request, to be written in the unit that it tells of ([`crate::store::audited`]).
    pub fn event(&self, action: Action, actor: Actor) -> NewEvent {
        let (ip, user_agent) = (self.ip.clone(), self.user_agent.clone());
        NewEvent {
            request_id: self.request_id.clone(),
            personal: Personal { ip, user_agent, identifier: None },
            ..NewEvent::new(self.node, action, actor)
        }
    }
}
