//! One of each secret, good until it is shown at its own door, and what the doors need beside them.

use std::time::Duration;

use keystead::domain::clock::Deadline;
use keystead::flows::admin::by::By;
use keystead::flows::admin::invitations::make_invitation;
use keystead::flows::offer_set_up::offer_set_up;
use keystead::http::routes::{ADMIN_ROUTES, APP_ROUTES};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use totp_rs::Totp;

use super::doors::Door;
use super::secrets::Secret;
use crate::app::{PASSWORD, TestApp, new_email, soon};
use crate::databases::TestDatabase;
use crate::github::{Begun, Browser, GitHub, Somebody, link};
use crate::people::{Person, SecondFactor, begin_totp, code_of};
use crate::tables::{count, execute};

pub struct Lot<'a> {
    database: &'a TestDatabase,
    /// Where accounts are made, without ado.
    lax: TestApp,
    /// Whose doors are tried.
    pub app: TestApp,
    pub client: (String, String),
    pub client_access: String,
    cursor: String,
    /// Has a second factor, and most of the secrets are hers.
    pub ada: Person,
    /// Other sessions of hers, each of which may end.
    access: String,
    refresh: String,
    session_id: String,
    /// Has a device that is known.
    dora: Person,
    /// Changes the password.
    pub changing: Person,
    /// Has a second factor that waits to be confirmed.
    pub enrolling: Person,
    new_totp: Totp,
    /// The address that somebody registers with who brings an invitation.
    pub invited: String,
    pub github: GitHub,
    /// Who Ada is there.
    pub mona: Somebody,
    pub begun: Begun,
    cookie: String,
    /// Where a browser comes back to with a good answer of the provider, but for its `STATE`.
    pub callback: String,
    texts: Vec<(Secret, String)>,
}

/// Where nothing is limited but the life of a token.
const UNLIMITED: (&str, &str) = ("THROTTLE", "off");

impl<'a> Lot<'a> {
    pub async fn draw(database: &'a TestDatabase) -> Self {
        let github = GitHub::start().await;
        let lax = TestApp::spawn(&database.url, &[&github.settings()[..], &[UNLIMITED]].concat()).await;
        let strict = [UNLIMITED, ("EMAIL_VERIFICATION", "required")];
        let app = TestApp::spawn(&database.url, &[&github.settings()[..], &strict].concat()).await;
        let client = app.client("revocations:read").await;
        let form = [("grant_type", "client_credentials")];
        let of_client = app.form("/oauth2/token", Some((&client.0, &client.1)), &form).await.expect(200);
        let [mut ada, dora, changing, enrolling] =
            [Person::new(&lax).await, Person::new(&lax).await, Person::new(&lax).await, Person::new(&lax).await];
        execute(database, "UPDATE users SET email_verified_at = 1").await;
        let [one, another, third] = [lax.login(&ada.email), lax.login(&ada.email), lax.login(&ada.email)];
        let access = one.await.expect(200).str("access_token");
        let refresh = another.await.expect(200).str("refresh_token");
        let session_id = third.await.expect(200).str("session_id");
        ada.second_factor = Some(SecondFactor::turn_on(&lax, &ada.access()).await);
        let new_totp = begin_totp(&lax, &enrolling.access()).await;
        let client_access = of_client.str("access_token");
        let mona = Somebody::new();
        link(&lax, &github, &ada.access(), &mona).await.expect(200);
        let mut lot = Self {
            database,
            github,
            mona,
            begun: Begun::new(),
            cookie: String::new(),
            callback: String::new(),
            cursor: app.get("/v1/revocations", Some(&client_access)).await.expect(200).str("next_cursor"),
            client_access,
            invited: new_email(),
            texts: vec![],
            lax,
            app,
            client,
            ada,
            access,
            refresh,
            session_id,
            dora,
            changing,
            enrolling,
            new_totp,
        };
        lot.texts = lot.one_time_texts().await;
        lot.go_to_the_provider().await;
        lot
    }

    /// A state that is under way, the browser that it is bound to, and a ticket.
    async fn go_to_the_provider(&mut self) {
        let mut browser = Browser::default();
        let start = self.begun.start("github");
        let back = browser.approved(&self.app, &self.github, &start, &self.mona).await;
        let (before, state) = back.rsplit_once("state=").unwrap();
        self.callback = format!("{before}state=STATE");
        self.cookie = browser.cookie.unwrap();
        let wish = self.begun.wish();
        let ticket = self.app.post("/v1/me/identities/github", Some(&self.ada.access()), &wish).await.expect(200);
        let ticket = ticket.str("start_url").rsplit_once("ticket=").unwrap().1.to_owned();
        let key = self.cookie.split_once('=').unwrap().1.to_owned();
        let texts = [(Secret::OauthState, state.to_owned()), (Secret::OauthTicket, ticket), (Secret::BrowserKey, key)];
        self.texts.extend(texts);
    }

    pub fn browser(&self) -> Browser {
        Browser { cookie: Some(self.cookie.clone()) }
    }

    /// Good for a minute only.
    async fn new_oauth_code(&self, start: &str) -> String {
        self.browser().walk(&self.app, &self.github, &self.begun, start, &self.mona).await
    }

    async fn new_provider_ticket(&self) -> String {
        let (path, wish) = ("/v1/me/reauthenticate/github", self.begun.wish());
        let start = self.app.post(path, Some(&self.ada.access()), &wish).await.expect(200).str("start_url");
        let code = self.new_oauth_code(&start).await;
        self.begun.exchange(&self.app, &code).await.expect(200).str("provider_ticket")
    }

    /// Those that are kept as one-time tokens, and the recovery code.
    async fn one_time_texts(&self) -> Vec<(Secret, String)> {
        let deadline = Deadline::within(Duration::from_secs(5));
        let set_up = offer_set_up(&self.lax.node.context, deadline).await.unwrap().unwrap();
        let registering = new_email();
        let body = json!({ "email": registering, "password": PASSWORD });
        self.app.post("/v1/register", None, &body).await.expect(202);
        let [unproved, must_change, moving] =
            [Person::new(&self.lax).await, Person::new(&self.lax).await, Person::new(&self.lax).await];
        self.ask_for_mail("/v1/email/verify/resend", None, json!({ "email": unproved.email })).await;
        self.ask_for_mail("/v1/password/forgot", None, json!({ "email": self.ada.email })).await;
        let new_email = new_email();
        self.ask_for_mail("/v1/email/change", Some(&moving.access()), json!({ "new_email": new_email })).await;
        let change = "UPDATE users SET email_verified_at = 1, must_change_password = TRUE WHERE username";
        execute(self.database, &format!("{change} = '{}'", must_change.username)).await;
        let password_challenge = self.app.login(&must_change.email).await.expect(200).str("challenge");
        vec![
            (Secret::SetUp, set_up.secret().expose_secret().to_owned()),
            (Secret::Register, self.mailed("verify_email", &registering).await),
            (Secret::VerifyEmail, self.mailed("verify_email", &unproved.email).await),
            (Secret::ResetPassword, self.mailed("reset_password", &self.ada.email).await),
            (Secret::ChangeEmail, self.mailed("confirm_email_change", &new_email).await),
            (Secret::Invitation, self.invitation().await),
            (Secret::MfaChallenge, self.new_mfa_challenge().await),
            (Secret::PasswordChallenge, password_challenge),
            (Secret::RecoveryCode, self.ada.recovery_code()),
        ]
    }

    async fn mailed(&self, kind: &str, address: &str) -> String {
        self.app.mail_to(address, kind).await.token()
    }

    async fn ask_for_mail(&self, path: &str, bearer: Option<&str>, body: Value) {
        let answer = self.app.post(path, bearer, &body).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text);
    }

    async fn invitation(&self) -> String {
        let invited = make_invitation(&self.app.node.context, &soon(), &By::Operator, None).await;
        invited.unwrap().token.unwrap().expose_secret().to_owned()
    }

    /// Every door, and as a bearer's each route that asks who is there before it asks anything else.
    pub async fn doors(&self) -> Vec<Door> {
        let mut doors = Door::ALL.to_vec();
        for (path, methods) in APP_ROUTES {
            for method in *methods {
                let door = Door::Bearer { method, path };
                if !path.starts_with("/oauth2/") && door.asks_who_is_there(self).await {
                    doors.push(door);
                }
            }
        }
        // Of the admin plane all: `admin::permissions` holds them to it.
        doors.extend(ADMIN_ROUTES.iter().map(|&(path, method, _)| Door::Bearer { method, path }));
        assert!(doors.len() >= Door::ALL.len() + 4, "routes that take a bearer: {doors:?}");
        doors
    }

    /// As it is shown now: codes change with time, and the same may be shown again.
    pub async fn text(&self, secret: Secret) -> String {
        match secret {
            Secret::Password => PASSWORD.to_owned(),
            Secret::Access => self.access.clone(),
            Secret::Refresh => self.refresh.clone(),
            Secret::Device => self.dora.login.str("device_token"),
            Secret::ClientAccess => self.client_access.clone(),
            Secret::OfClient => self.client.1.clone(),
            Secret::SessionId => self.session_id.clone(),
            Secret::UserId => self.ada.login.json()["user"]["id"].as_str().unwrap().to_owned(),
            Secret::ClientId => self.client.0.clone(),
            Secret::FeedCursor => self.cursor.clone(),
            Secret::TotpCode => self.code_of_ada().await,
            Secret::OauthCode => self.new_oauth_code(&self.begun.start("github")).await,
            Secret::ProviderTicket => self.new_provider_ticket().await,
            Secret::NewTotpCode => code_of(&self.new_totp, &self.app),
            _ => self.texts.iter().find(|(of, _)| *of == secret).unwrap().1.clone(),
        }
    }

    pub async fn new_mfa_challenge(&self) -> String {
        self.app.login(&self.ada.email).await.expect(200).str("challenge")
    }

    /// Good, however often codes were shown in this step.
    pub async fn code_of_ada(&self) -> String {
        let forget = format!("UPDATE users SET mfa_last_step = NULL WHERE username = '{}'", self.ada.username);
        execute(self.database, &forget).await;
        self.ada.code(&self.app)
    }

    /// Whoever comes with a device that is known gets no mail about a new one.
    pub async fn is_known_device(&self, text: &str) -> bool {
        let Person { email, .. } = &self.dora;
        let letters = format!("SELECT COUNT(*) FROM outbox WHERE kind = 'new_device' AND recipient = '{email}'");
        let before = count(self.database, &letters).await;
        let body = json!({ "identifier": email, "password": PASSWORD, "device_token": text });
        let answer = self.app.post("/v1/login", None, &body).await;
        answer.status == 200 && count(self.database, &letters).await == before
    }

    pub async fn stop(self) {
        self.lax.node.stop().await;
        self.app.node.stop().await;
        self.github.stop().await;
    }
}
