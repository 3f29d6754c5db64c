//! The `oauth` actor against a stand-in that misbehaves as it is told, and against providers of other makers.

mod certified;
mod github;
mod hostile;
mod id_tokens;
mod pace;
mod private;
mod tls;

use std::sync::Arc;
use std::time::{Duration, Instant};

use keystead::actors::oauth::{
    self, Account, Asked, Lookup, OauthDoor, OauthError, OauthSettings, Pace, Redeem, SystemLookup,
};
use keystead::config::oauth::{ProviderKind, ProviderSettings};
use keystead::domain::clock::{Clock, Deadline};
use keystead::domain::pkce::CodeVerifier;
use keystead::domain::provider::ProviderName;
use url::Url;

/// What the actor promises.
pub const PROMISE: Duration = Duration::from_secs(5);
/// What a test leaves it, where it would wait for nothing.
pub const SHORT: Duration = Duration::from_millis(400);
const CALLBACK: &str = "https://keystead.test/v1/oauth/x/callback";

pub fn name(text: &str) -> ProviderName {
    ProviderName::parse(text).unwrap()
}

pub fn issuer(name_: &str, issuer: &str) -> ProviderSettings {
    let scopes = ["openid", "email", "profile"].map(str::to_owned).to_vec();
    provider(name_, ProviderKind::OpenId { issuer: issuer.to_owned(), scopes, roles: None })
}

pub fn github(url: &str) -> ProviderSettings {
    provider("github", ProviderKind::GitHub { url: url.to_owned(), api_url: format!("{url}/api/v3") })
}

pub fn provider(name_: &str, kind: ProviderKind) -> ProviderSettings {
    ProviderSettings {
        name: name(name_),
        display_name: name_.to_uppercase(),
        client_id: "keystead".to_owned(),
        client_secret: "a secret & more".into(),
        kind,
    }
}

/// With private networks, as the tests' servers are on this machine.
pub fn settings(providers: Vec<ProviderSettings>) -> OauthSettings {
    OauthSettings {
        providers,
        allow_private_networks: true,
        patience: PROMISE,
        pace: Pace::default(),
        lookup: Arc::new(SystemLookup),
    }
}

pub fn door(settings: OauthSettings) -> OauthDoor {
    oauth::start(settings, Clock::system()).unwrap()
}

pub fn soon() -> Deadline {
    Deadline::within(Duration::from_secs(10))
}

/// One sign-in, as a flow keeps it meanwhile.
pub struct SignIn {
    verifier: CodeVerifier,
    pub nonce: String,
}

impl SignIn {
    pub fn new() -> Self {
        Self { verifier: CodeVerifier::random(), nonce: "n-0S6_WzA2Mj".to_owned() }
    }

    pub fn asked(&self) -> Asked {
        Asked {
            state: "af0ifjsldkj".to_owned(),
            nonce: self.nonce.clone(),
            code_challenge: self.verifier.challenge(),
            redirect_uri: Url::parse(CALLBACK).unwrap(),
            prompt_login: false,
        }
    }

    pub fn redeem(&self, code: &str, iss: Option<&str>) -> Redeem {
        Redeem {
            code: code.into(),
            code_verifier: self.verifier.clone(),
            nonce: self.nonce.clone(),
            redirect_uri: Url::parse(CALLBACK).unwrap(),
            iss: iss.map(str::to_owned),
        }
    }
}

/// Where the browser would be sent.
pub async fn authorize(door: &OauthDoor, at: &str) -> Result<Url, OauthError> {
    door.authorize(&name(at), SignIn::new().asked(), soon()).await
}

/// With a code that was made up.
pub async fn redeem(door: &OauthDoor, at: &str) -> Result<Account, OauthError> {
    door.redeem(&name(at), SignIn::new().redeem("SplxlOBeZQQYbYS6WxSbIA", None), soon()).await
}

/// What `work` answers, and that it did so in the time that is promised, with something to spare for a busy machine.
pub async fn in_time<T>(work: impl Future<Output = T>) -> T {
    let begun = Instant::now();
    let answer = work.await;
    assert!(begun.elapsed() < PROMISE + Duration::from_secs(1), "{:?}", begun.elapsed());
    answer
}
