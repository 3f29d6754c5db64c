//! Every place that takes a secret: with whatever else it asks for, so that the secret alone decides.

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use reqwest::Method;
use serde_json::{Value, json};

use super::lot::Lot;
use crate::app::{Answer, PASSWORD, new_email};

const NEW_PASSWORD: &str = "another horse, another battery, another staple";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// As a bearer, at any route that asks for one.
    Bearer {
        method: &'static str,
        path: &'static str,
    },
    Me,
    Feed,
    LoginPassword,
    DeviceToken,
    MfaChallenge,
    TotpCode,
    RecoveryCode,
    PasswordChallenge,
    Refresh,
    RefreshGrant,
    ClientSecret,
    ClientSecretInHeader,
    Introspection,
    Revocation,
    SetUp,
    Invitation,
    VerifyEmail,
    ConfirmEmailChange,
    ResetPassword,
    CurrentPassword,
    ReauthenticationPassword,
    ReauthenticationCode,
    ConfirmTotp,
    OwnSession,
    FeedCursor,
    OauthTicket,
    OauthState,
    BrowserCookie,
    OauthCode,
    ReauthenticationTicket,
}

/// Routes whose bodies hold no secret that somebody else could have made.
pub const NO_SECRET: [&str; 11] = [
    "/v1/logout",
    "/v1/me/identities/{id}",
    "/v1/me/reauthenticate/{provider}",
    "/v1/me/delete",
    "/v1/me/mfa/totp",
    "/v1/me/mfa/recovery-codes",
    "/v1/password/forgot",
    "/v1/password/check",
    "/v1/email/verify/resend",
    "/v1/email/change",
    "/v1/revocations",
];

impl Door {
    /// All but the bearers', which are as many as there are routes that ask for one.
    pub const ALL: [Self; 30] = [
        Self::Me,
        Self::Feed,
        Self::LoginPassword,
        Self::DeviceToken,
        Self::MfaChallenge,
        Self::TotpCode,
        Self::RecoveryCode,
        Self::PasswordChallenge,
        Self::Refresh,
        Self::RefreshGrant,
        Self::ClientSecret,
        Self::ClientSecretInHeader,
        Self::Introspection,
        Self::Revocation,
        Self::SetUp,
        Self::Invitation,
        Self::VerifyEmail,
        Self::ConfirmEmailChange,
        Self::ResetPassword,
        Self::CurrentPassword,
        Self::ReauthenticationPassword,
        Self::ReauthenticationCode,
        Self::ConfirmTotp,
        Self::OwnSession,
        Self::FeedCursor,
        Self::OauthTicket,
        Self::OauthState,
        Self::BrowserCookie,
        Self::OauthCode,
        Self::ReauthenticationTicket,
    ];

    /// Where it stands, unless it is a bearer's.
    pub const fn route(self) -> Option<&'static str> {
        Some(match self {
            Self::Bearer { .. } | Self::Me | Self::Feed => return None,
            Self::OwnSession => "/v1/me/sessions/{id}",
            Self::FeedCursor => "/v1/revocations",
            Self::LoginPassword | Self::DeviceToken => "/v1/login",
            Self::MfaChallenge | Self::TotpCode | Self::RecoveryCode => "/v1/login/mfa",
            Self::PasswordChallenge => "/v1/login/password",
            Self::Refresh => "/v1/token/refresh",
            Self::RefreshGrant | Self::ClientSecret | Self::ClientSecretInHeader => "/oauth2/token",
            Self::Introspection => "/oauth2/introspect",
            Self::Revocation => "/oauth2/revoke",
            Self::SetUp => "/v1/setup",
            Self::Invitation => "/v1/register",
            Self::VerifyEmail => "/v1/email/verify",
            Self::ConfirmEmailChange => "/v1/email/change/confirm",
            Self::ResetPassword => "/v1/password/reset",
            Self::CurrentPassword => "/v1/password/change",
            Self::ReauthenticationPassword | Self::ReauthenticationCode | Self::ReauthenticationTicket => {
                "/v1/me/reauthenticate"
            }
            Self::OauthTicket => "/v1/oauth/{provider}/start",
            Self::OauthState | Self::BrowserCookie => "/v1/oauth/{provider}/callback",
            Self::OauthCode => "/v1/oauth/exchange",
            Self::ConfirmTotp => "/v1/me/mfa/totp/confirm",
        })
    }

    /// Whether this text opens it.
    pub async fn opens(self, lot: &Lot<'_>, text: &str) -> bool {
        match self {
            Self::Bearer { method, path } => {
                // Who is there, but may not do this, is told 403.
                !matches!(at(lot, method, path, Some(text)).await.status.as_u16(), 401 | 403)
            }
            Self::Me => is_good(&lot.app.get("/v1/me", Some(text)).await),
            Self::Feed => is_good(&lot.app.get("/v1/revocations", Some(text)).await),
            Self::RefreshGrant
            | Self::ClientSecret
            | Self::ClientSecretInHeader
            | Self::Introspection
            | Self::Revocation => self.form(lot, text).await,
            Self::OwnSession => {
                let path = format!("/v1/me/sessions/{}", in_a_url(text));
                is_good(&lot.app.delete(&path, Some(&lot.ada.access())).await)
            }
            Self::FeedCursor => {
                let path = format!("/v1/revocations?since={}", in_a_url(text));
                is_good(&lot.app.get(&path, Some(&lot.client_access)).await)
            }
            Self::DeviceToken => lot.is_known_device(text).await,
            Self::OauthTicket | Self::OauthState | Self::BrowserCookie => self.browser(lot, text).await,
            _ => {
                let (bearer, body) = self.body(lot, text).await;
                is_good(&lot.app.post(self.route().unwrap(), bearer.as_deref(), &body).await)
            }
        }
    }

    /// Whether nobody is told anything here but who brings a bearer.
    pub async fn asks_who_is_there(self, lot: &Lot<'_>) -> bool {
        let Self::Bearer { method, path } = self else { return false };
        let answer = at(lot, method, path, None).await;
        answer.status == 401 && answer.str("code") == "not_authenticated"
    }

    /// Whether the browser is sent on with something good.
    async fn browser(self, lot: &Lot<'_>, text: &str) -> bool {
        let mut browser = lot.browser();
        let path = match self {
            Self::OauthTicket => format!("/v1/oauth/github/start?ticket={}", in_a_url(text)),
            Self::OauthState => lot.callback.replace("STATE", &in_a_url(text)),
            _ => {
                let start = lot.begun.start("github");
                let back = browser.approved(&lot.app, &lot.github, &start, &lot.mona).await;
                browser.cookie = Some(format!("keystead_oauth={text}"));
                back
            }
        };
        let answer = browser.open(&lot.app, &path).await;
        answer.status == 302 && !answer.header("location").contains("error=")
    }

    async fn form(self, lot: &Lot<'_>, text: &str) -> bool {
        let (id, secret) = (lot.client.0.as_str(), lot.client.1.as_str());
        let app = &lot.app;
        match self {
            Self::RefreshGrant => {
                let form = [("grant_type", "refresh_token"), ("refresh_token", text)];
                is_good(&app.form("/oauth2/token", None, &form).await)
            }
            Self::ClientSecret => {
                let form = [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", text)];
                is_good(&app.form("/oauth2/token", None, &form).await)
            }
            Self::ClientSecretInHeader => {
                is_good(&app.form("/oauth2/token", Some((id, text)), &[("grant_type", "client_credentials")]).await)
            }
            Self::Introspection => app.introspect(&lot.client, text).await.json()["active"] == true,
            // Says 200 to nearly everything.
            _ => {
                let is_active = async || app.introspect(&lot.client, text).await.json()["active"] == true;
                let was_active = is_active().await;
                app.form("/oauth2/revoke", Some((id, secret)), &[("token", text)]).await;
                was_active && !is_active().await
            }
        }
    }

    /// The bearer that belongs to it, and the body.
    async fn body(self, lot: &Lot<'_>, text: &str) -> (Option<String>, Value) {
        let as_ada = || Some(lot.ada.access());
        match self {
            Self::LoginPassword => (None, json!({ "identifier": lot.ada.email, "password": text })),
            Self::MfaChallenge => {
                let code = lot.code_of_ada().await;
                (None, json!({ "challenge": text, "factor": "totp", "code": code }))
            }
            Self::TotpCode => {
                (None, json!({ "challenge": lot.new_mfa_challenge().await, "factor": "totp", "code": text }))
            }
            Self::RecoveryCode => {
                (None, json!({ "challenge": lot.new_mfa_challenge().await, "factor": "recovery_code", "code": text }))
            }
            Self::PasswordChallenge => (None, json!({ "challenge": text, "new_password": NEW_PASSWORD })),
            Self::Refresh => (None, json!({ "refresh_token": text })),
            Self::SetUp => (None, json!({ "token": text, "email": new_email(), "password": PASSWORD })),
            Self::Invitation => (None, json!({ "invitation": text, "email": lot.invited, "password": PASSWORD })),
            Self::VerifyEmail | Self::ConfirmEmailChange => (None, json!({ "token": text })),
            Self::ResetPassword => (None, json!({ "token": text, "new_password": NEW_PASSWORD })),
            Self::CurrentPassword => {
                let body = json!({ "current_password": text, "new_password": NEW_PASSWORD });
                (Some(lot.changing.access()), body)
            }
            Self::ReauthenticationPassword => (as_ada(), json!({ "password": text })),
            Self::ReauthenticationCode => (as_ada(), json!({ "code": text })),
            Self::ReauthenticationTicket => (as_ada(), json!({ "provider_ticket": text })),
            Self::OauthCode => (None, json!({ "code": text, "code_verifier": lot.begun.verifier })),
            Self::ConfirmTotp => (Some(lot.enrolling.access()), json!({ "code": text })),
            _ => unreachable!("{self:?} takes no JSON"),
        }
    }
}

async fn at(lot: &Lot<'_>, method: &str, path: &str, bearer: Option<&str>) -> Answer {
    let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
    let path = path.replace("{id}", &uuid::Uuid::nil().to_string());
    let request = lot.app.request(method.clone(), &path, bearer);
    lot.app
        .send(if method == Method::GET || method == Method::DELETE { request } else { request.json(&json!({})) })
        .await
}

fn in_a_url(text: &str) -> String {
    percent_encode(text.as_bytes(), NON_ALPHANUMERIC).to_string()
}

fn is_good(answer: &Answer) -> bool {
    answer.status.is_success()
}
