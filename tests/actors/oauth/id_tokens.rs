//! ID tokens that are wrong in one way each, from another maker's provider for such tests.

use serde_json::{Value, json};

use super::*;
use crate::providers::{OtherMaker, Visitor};

struct Scene {
    provider: OtherMaker,
    door: OauthDoor,
}

impl Scene {
    fn start() -> Option<Self> {
        let provider = OtherMaker::start("hostile")?;
        let door = door(settings(vec![issuer("acme", &provider.issuer)]));
        Some(Self { provider, door })
    }

    /// A whole sign-in.
    async fn sign_in(&self) -> Result<Account, OauthError> {
        let sign_in = SignIn::new();
        let url = self.door.authorize(&name("acme"), sign_in.asked(), soon()).await?;
        let callback = Visitor::new().signs_in(url.as_str(), "anybody", CALLBACK).await;
        let callback = Url::parse(&callback).unwrap();
        let code = callback.query_pairs().find(|(name, _)| name == "code").unwrap().1;
        in_time(self.door.redeem(&name("acme"), sign_in.redeem(&code, None), soon())).await
    }

    async fn with(&self, behaviour: Value) -> Result<Account, OauthError> {
        self.provider.behave(&behaviour).await;
        self.sign_in().await
    }

    async fn with_claims(&self, claims: Value) -> Result<Account, OauthError> {
        self.with(json!({ "claims": claims })).await
    }
}

fn now() -> i64 {
    Clock::system().now().unix_seconds()
}

#[actix_web::test]
async fn each_wrong_claim_has_its_code() {
    let Some(scene) = Scene::start() else { return };
    let mail = json!({ "email": "john@example.org", "email_verified": true });
    let john = scene.with_claims(mail).await.unwrap();
    assert_eq!((john.subject.as_str(), john.email.unwrap().as_entered()), ("johndoe", "john@example.org"));
    let cases = [
        (json!({ "aud": "somebody-else" }), OauthError::WrongAudience),
        (json!({ "aud": ["keystead", "somebody-else"] }), OauthError::WrongAudience),
        (json!({ "aud": [] }), OauthError::WrongAudience),
        (json!({ "azp": "somebody-else" }), OauthError::WrongAudience),
        (json!({ "iss": "https://accounts.google.com" }), OauthError::IssuerMismatch),
        (json!({ "iss": format!("{}/", scene.provider.issuer) }), OauthError::IssuerMismatch),
        (json!({ "nonce": "another" }), OauthError::WrongNonce),
        (json!({ "nonce": null }), OauthError::WrongNonce),
        (json!({ "exp": now() - 60 }), OauthError::Expired),
        (json!({ "iat": now() + 600 }), OauthError::Expired),
        (json!({ "exp": null }), OauthError::Malformed),
        (json!({ "iat": null }), OauthError::Malformed),
        (json!({ "sub": null }), OauthError::Malformed),
        (json!({ "sub": "" }), OauthError::Malformed),
        (json!({ "sub": "a\u{0}b" }), OauthError::Malformed),
        (json!({ "sub": "s".repeat(256) }), OauthError::Malformed),
        (json!({ "exp": "soon" }), OauthError::Malformed),
    ];
    for (claims, expected) in cases {
        let told = claims.to_string();
        assert_eq!(scene.with_claims(claims).await.err(), Some(expected), "{told}");
    }
    // Half a minute is left to clocks that differ, and an `azp` that is ours is right.
    for claims in [json!({ "exp": now() - 5 }), json!({ "iat": now() + 5 }), json!({ "azp": "keystead" })] {
        let told = claims.to_string();
        assert!(scene.with_claims(claims).await.is_ok(), "{told}");
    }
}

#[actix_web::test]
async fn an_address_that_nobody_has_confirmed_is_told_as_such() {
    let Some(scene) = Scene::start() else { return };
    for verified in [json!(false), Value::Null] {
        let claims = json!({ "email": "john@example.org", "email_verified": verified });
        assert!(!scene.with_claims(claims).await.unwrap().email_verified);
    }
    // No address at all, and one that is none.
    assert!(scene.with_claims(json!({})).await.unwrap().email.is_none());
    let odd = scene.with_claims(json!({ "email": "a@b@c", "email_verified": true })).await.unwrap();
    assert!(odd.email.is_none() && !odd.email_verified);
}

#[actix_web::test]
async fn signatures_that_are_none_are_refused() {
    let Some(scene) = Scene::start() else { return };
    let cases = [
        ("none", OauthError::AlgorithmRefused),
        ("hs256-secret", OauthError::AlgorithmRefused),
        ("hs256-key", OauthError::AlgorithmRefused),
        ("wrong-alg", OauthError::AlgorithmRefused),
        ("foreign", OauthError::BadSignature),
        ("cut", OauthError::BadSignature),
    ];
    for (forge, expected) in cases {
        assert_eq!(scene.with(json!({ "forge": forge })).await.err(), Some(expected), "{forge}");
    }
    assert!(scene.with(json!({ "forge": "es256" })).await.is_ok());
    assert!(scene.with(json!({})).await.is_ok());
}

#[actix_web::test]
async fn a_key_that_is_new_is_found_and_one_that_is_made_up_costs_one_look_a_minute() {
    let Some(scene) = Scene::start() else { return };
    assert!(scene.with(json!({})).await.is_ok());
    assert_eq!(scene.provider.asked("/jwks").await, 1);
    assert!(scene.with(json!({ "rotate": true })).await.is_ok());
    assert_eq!(scene.provider.asked("/jwks").await, 2);
    for _ in 0..5 {
        assert_eq!(scene.with(json!({ "forge": "foreign-kid" })).await.err(), Some(OauthError::UnknownKey));
    }
    assert_eq!(scene.provider.asked("/jwks").await, 2, "once a minute");
    assert!(scene.with(json!({})).await.is_ok(), "and nobody else is affected");
}

#[actix_web::test]
async fn a_key_set_that_is_none_is_refused() {
    let Some(scene) = Scene::start() else { return };
    assert_eq!(scene.with(json!({ "keys": "none" })).await.err(), Some(OauthError::NotJson));
    let odd = json!([{ "kty": "oct", "k": "AAAA" }, 7, {}, { "kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "x" }]);
    let refused = scene.with(json!({ "keys": odd })).await.err();
    assert!(matches!(refused, Some(OauthError::UnknownKey)), "{refused:?}");
}

#[actix_web::test]
async fn the_userinfo_endpoint_tells_of_the_same_person_or_of_nobody() {
    let Some(scene) = Scene::start() else { return };
    let other = json!({ "userinfo": { "sub": "somebody-else", "email": "x@example.org", "email_verified": true } });
    assert_eq!(scene.with(other).await.err(), Some(OauthError::WrongSubject));
    let same = json!({ "userinfo": { "sub": "johndoe", "email": "john@example.org", "email_verified": true } });
    assert!(scene.with(same).await.unwrap().email_verified);
    // An unconfirmed address of the token is not confirmed by another one there.
    let both = json!({ "claims": { "email": "a@example.org", "email_verified": false },
                       "userinfo": { "sub": "johndoe", "email": "b@example.org", "email_verified": true } });
    assert!(!scene.with(both).await.unwrap().email_verified);
}
