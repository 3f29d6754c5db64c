//! The ways in: how somebody walks to each door while nothing is the matter with the account, and knocks afterwards.

use serde_json::json;

use super::rule::Shows;
use super::{Home, NEW_PASSWORD};
use crate::app::{Answer, PASSWORD};
use crate::people::{Person, SecondFactor};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    Login,
    Totp,
    RecoveryCode,
    NewPassword,
    NewPasswordAfterSecondFactor,
    Refresh,
    RefreshGrant,
    ReauthenticateByPassword,
    ReauthenticateByCode,
}

/// Somebody before a door.
pub struct Ready {
    pub person: Person,
    challenge: String,
}

impl Door {
    pub const ALL: [Self; 9] = [
        Self::Login,
        Self::Totp,
        Self::RecoveryCode,
        Self::NewPassword,
        Self::NewPasswordAfterSecondFactor,
        Self::Refresh,
        Self::RefreshGrant,
        Self::ReauthenticateByPassword,
        Self::ReauthenticateByCode,
    ];

    pub const fn route(self) -> (&'static str, &'static str) {
        match self {
            Self::Login => ("post", "/v1/login"),
            Self::Totp | Self::RecoveryCode => ("post", "/v1/login/mfa"),
            Self::NewPassword | Self::NewPasswordAfterSecondFactor => ("post", "/v1/login/password"),
            Self::Refresh => ("post", "/v1/token/refresh"),
            Self::RefreshGrant => ("post", "/oauth2/token"),
            Self::ReauthenticateByPassword | Self::ReauthenticateByCode => ("post", "/v1/me/reauthenticate"),
        }
    }

    pub const fn shows(self) -> Shows {
        let (begins_session, second_factor, new_password) = match self {
            Self::Login => (true, false, false),
            Self::Totp | Self::RecoveryCode => (true, true, false),
            Self::NewPassword => (true, false, true),
            Self::NewPasswordAfterSecondFactor => (true, true, true),
            Self::Refresh | Self::RefreshGrant | Self::ReauthenticateByPassword => (false, false, false),
            Self::ReauthenticateByCode => (false, true, false),
        };
        Shows { begins_session, second_factor, new_password }
    }

    /// What is told at this door when the account is closed.
    pub fn refusal(self) -> (u16, String) {
        let (status, code) = match self {
            Self::Login => (401, "invalid_credentials"),
            Self::Totp | Self::RecoveryCode | Self::NewPassword | Self::NewPasswordAfterSecondFactor => {
                (410, "challenge_spent")
            }
            Self::RefreshGrant => (400, "invalid_grant"),
            Self::Refresh | Self::ReauthenticateByPassword | Self::ReauthenticateByCode => (401, "session_revoked"),
        };
        (status, code.to_owned())
    }

    /// What is told when there is no such account any more. A session that has ended is known for a day; that of an
    /// account which is gone is not.
    pub fn refusal_of_the_unknown(self) -> (u16, String) {
        match self {
            Self::Refresh => (401, "invalid_refresh_token".to_owned()),
            _ => self.refusal(),
        }
    }

    /// Up to the last step before the door.
    pub async fn prepare(self, home: &Home<'_>) -> Ready {
        let mut person = home.person().await;
        let owes_code = self.shows().second_factor;
        if owes_code {
            person.second_factor = Some(SecondFactor::turn_on(&home.lax, &person.access()).await);
            // The code of this very step was spent on turning it on.
            home.set(&person, "mfa_last_step = NULL").await;
        }
        if self.shows().new_password {
            home.set(&person, "must_change_password = TRUE").await;
        }
        let mut challenge = String::new();
        if self != Self::Login && self.shows().begins_session {
            let login = home.strict.login(&person.email).await.expect(200);
            challenge = login.str("challenge");
        }
        if self == Self::NewPasswordAfterSecondFactor {
            let ready = Ready { person, challenge };
            let answer = give_code(home, &ready, "totp", &ready.person.code(&home.strict)).await.expect(200);
            return Ready { challenge: answer.str("challenge"), ..ready };
        }
        Ready { person, challenge }
    }

    /// The last step.
    pub async fn knock(self, home: &Home<'_>, ready: &Ready) -> Answer {
        let (app, person) = (&home.strict, &ready.person);
        match self {
            Self::Login => app.login(&person.email).await,
            Self::Totp => give_code(home, ready, "totp", &person.code(app)).await,
            Self::RecoveryCode => give_code(home, ready, "recovery_code", &person.recovery_code()).await,
            Self::NewPassword | Self::NewPasswordAfterSecondFactor => {
                let body = json!({ "challenge": ready.challenge, "new_password": NEW_PASSWORD });
                app.post("/v1/login/password", None, &body).await
            }
            Self::Refresh => app.refresh(&person.refresh()).await,
            Self::RefreshGrant => {
                let form = [("grant_type", "refresh_token"), ("refresh_token", &person.refresh())];
                app.form("/oauth2/token", None, &form).await
            }
            Self::ReauthenticateByPassword => {
                app.post("/v1/me/reauthenticate", Some(&person.access()), &json!({ "password": PASSWORD })).await
            }
            Self::ReauthenticateByCode => {
                let body = json!({ "code": person.code(app) });
                app.post("/v1/me/reauthenticate", Some(&person.access()), &body).await
            }
        }
    }
}

async fn give_code(home: &Home<'_>, ready: &Ready, factor: &str, code: &str) -> Answer {
    let body = json!({ "challenge": ready.challenge, "factor": factor, "code": code });
    home.strict.post("/v1/login/mfa", None, &body).await
}
