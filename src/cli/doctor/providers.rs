//! Whether the providers that people sign in with can be found. Each is asked at the same time, for its metadata alone.

use futures_util::future::join_all;
use url::Url;

use super::finding::{Finding, fail, ok};
use crate::actors::oauth::{self, Asked, OauthDoor, OauthError, OauthSettings, Offered};
use crate::config::Config;
use crate::domain::clock::{Clock, Deadline};
use crate::domain::pkce::CodeVerifier;

/// As long as a sign-in waits, and a little for the look-up of names.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(8);

pub async fn look(config: &Config) -> Vec<Finding> {
    let door = match oauth::start(OauthSettings::of(&config.oauth), Clock::system()) {
        Ok(door) => door,
        Err(cause) => return vec![fail("providers", cause.to_string(), "install the system's ca-certificates")],
    };
    // It is not gone to.
    let Ok(back) = Url::parse("https://keystead.invalid/") else { return Vec::new() };
    let asked = door.providers();
    let found = join_all(asked.iter().map(|provider| look_at(&door, provider, &back))).await;
    door.drain().await;
    found
}

async fn look_at(door: &OauthDoor, provider: &Offered, back: &Url) -> Finding {
    let asked = Asked {
        state: "doctor".to_owned(),
        nonce: "doctor".to_owned(),
        code_challenge: CodeVerifier::random().challenge(),
        redirect_uri: back.clone(),
        prompt_login: false,
    };
    match door.authorize(&provider.name, asked, Deadline::within(PATIENCE)).await {
        Ok(url) => ok("providers", format!("{}: people sign in at {}", provider.name, url.host_str().unwrap_or("-"))),
        Err(cause) => fail("providers", format!("{}: {cause}", provider.name), remedy(&cause)),
    }
}

fn remedy(cause: &OauthError) -> &'static str {
    match cause {
        OauthError::Unreachable | OauthError::TooLate | OauthError::Status(_) => {
            "look at the issuer's address, and whether this machine may call it (docs/oauth.md)"
        }
        OauthError::PrivateAddress => "OAUTH_ALLOW_PRIVATE_NETWORKS=true, if it is one of your own",
        OauthError::IssuerMismatch => "the setting must be exactly what the provider's metadata names as its issuer",
        OauthError::UnknownProvider
        | OauthError::Busy
        | OauthError::Door(_)
        | OauthError::TooLarge
        | OauthError::NotJson
        | OauthError::Redirected
        | OauthError::Insecure
        | OauthError::Refused { .. }
        | OauthError::Malformed
        | OauthError::BadSignature
        | OauthError::UnknownKey
        | OauthError::AlgorithmRefused
        | OauthError::WrongAudience
        | OauthError::WrongNonce
        | OauthError::Expired
        | OauthError::WrongSubject => "look at the issuer's address: what answers there is no OpenID Connect provider",
    }
}
