//! The ways in: how somebody walks to each door while nothing is the matter with the account, and knocks afterwards.

use serde_json::json;

use super::rule::Shows;
use super::{Home, NEW_PASSWORD};
use crate::app::{Answer, PASSWORD};
use crate::github::{Begun, Browser};
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
    ReauthenticateByProvider,
    Oauth,
}

/// Somebody before a door.
pub struct Ready {
    pub person: Person,
    challenge: String,
    /// By the app, where the way leads through a browser.
    begun: Begun,
}

impl Door {
    pub const ALL: [Self; 11] = [
        Self::Login,
        Self::Totp,
        Self::RecoveryCode,
        Self::NewPassword,
        Self::NewPasswordAfterSecondFactor,
        Self::Refresh,
        Self::RefreshGrant,
        Self::ReauthenticateByPassword,
        Self::ReauthenticateByCode,
        Self::ReauthenticateByProvider,
        Self::Oauth,
    ];

    pub const fn route(self) -> (&'static str, &'static str) {
        match self {
            Self::Login => ("post", "/v1/login"),
            Self::Totp | Self::RecoveryCode => ("post", "/v1/login/mfa"),
            Self::NewPassword | Self::NewPasswordAfterSecondFactor => ("post", "/v1/login/password"),
            Self::Refresh => ("post", "/v1/token/refresh"),
            Self::RefreshGrant => ("post", "/oauth2/token"),
            Self::ReauthenticateByPassword | Self::ReauthenticateByCode | Self::ReauthenticateByProvider => {
                ("post", "/v1/me/reauthenticate")
            }
            Self::Oauth => ("post", "/v1/oauth/exchange"),
        }
    }

    pub const fn shows(self) -> Shows {
        let (begins_session, second_factor, new_password) = match self {
            Self::Login | Self::Oauth => (true, false, false),
            Self::Totp | Self::RecoveryCode => (true, true, false),
            Self::NewPassword => (true, false, true),
            Self::NewPasswordAfterSecondFactor => (true, true, true),
            Self::Refresh | Self::RefreshGrant | Self::ReauthenticateByPassword | Self::ReauthenticateByProvider => {
                (false, false, false)
            }
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
            Self::Refresh
            | Self::ReauthenticateByPassword
            | Self::ReauthenticateByCode
            | Self::ReauthenticateByProvider => (401, "session_revoked"),
            Self::Oauth => (410, "token_spent"),
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
        let (mut challenge, begun) = (String::new(), Begun::new());
        if matches!(self, Self::Oauth | Self::ReauthenticateByProvider) {
            challenge = self.by_browser(home, &person, &begun).await;
        } else if self != Self::Login && self.shows().begins_session {
            let login = home.strict.login(&person.email).await.expect(200);
            challenge = login.str("challenge");
        }
        if self == Self::NewPasswordAfterSecondFactor {
            let ready = Ready { person, challenge, begun };
            let answer = give_code(home, &ready, "totp", &ready.person.code(&home.strict)).await.expect(200);
            return Ready { challenge: answer.str("challenge"), ..ready };
        }
        Ready { person, challenge, begun }
    }

    /// The code that came back to the app, or what it has got for it.
    async fn by_browser(self, home: &Home<'_>, person: &Person, begun: &Begun) -> String {
        let who = home.linked(person).await;
        let start = if self == Self::Oauth {
            begun.start("github")
        } else {
            let path = "/v1/me/reauthenticate/github";
            home.strict.post(path, Some(&person.access()), &begun.wish()).await.expect(200).str("start_url")
        };
        let code = Browser::default().walk(&home.strict, &home.github, begun, &start, &who).await;
        if self == Self::Oauth {
            return code;
        }
        begun.exchange(&home.strict, &code).await.expect(200).str("provider_ticket")
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
            Self::Oauth => ready.begun.exchange(app, &ready.challenge).await,
            Self::ReauthenticateByProvider => {
                let body = json!({ "provider_ticket": ready.challenge });
                app.post("/v1/me/reauthenticate", Some(&person.access()), &body).await
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
