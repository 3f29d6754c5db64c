//! Nobody is sent to where the server may go and the world may not (SSRF): not by a literal address, not by a name, not
//! by a name whose address changes, not by what a provider says of itself.

use std::collections::VecDeque;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Mutex;

use serde_json::json;

use super::*;
use crate::stand_in::{Behaviour, StandIn};

/// Answers in turn, the last one for ever; counts.
struct Changing {
    answers: Mutex<VecDeque<Vec<&'static str>>>,
    asked: Mutex<Vec<String>>,
}

impl Changing {
    fn new(answers: &[&[&'static str]]) -> Arc<Self> {
        Arc::new(Self {
            answers: Mutex::new(answers.iter().map(|one| one.to_vec()).collect()),
            asked: Mutex::default(),
        })
    }
}

impl Lookup for Changing {
    fn lookup(&self, host: String) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>> {
        self.asked.lock().unwrap().push(host);
        let mut answers = self.answers.lock().unwrap();
        let answer = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        let addresses = answer.unwrap().iter().map(|text| text.parse().unwrap()).collect();
        Box::pin(async move { Ok(addresses) })
    }
}

fn public_only(issuer_url: &str, lookup: Arc<dyn Lookup>) -> OauthDoor {
    let mut settings = settings(vec![issuer("acme", issuer_url)]);
    settings.allow_private_networks = false;
    settings.patience = SHORT;
    settings.lookup = lookup;
    door(settings)
}

#[actix_web::test]
async fn a_name_that_leads_inside_is_not_followed() {
    let stand_in = StandIn::start().await;
    let inside = [
        "127.0.0.1",
        "::1",
        "10.0.0.7",
        "169.254.169.254",
        "100.64.0.1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "fd00:ec2::254",
        "0.0.0.0",
    ];
    for address in inside {
        let lookup = Changing::new(&[&[address]]);
        let door = public_only(&format!("https://id.example:{}", stand_in.port()), lookup.clone());
        assert_eq!(authorize(&door, "acme").await, Err(OauthError::PrivateAddress), "{address}");
        assert_eq!(*lookup.asked.lock().unwrap(), ["id.example"]);
    }
    assert!(stand_in.asked("/.well-known/openid-configuration").is_empty());
}

/// The control: where it is allowed, the same name arrives.
#[actix_web::test]
async fn where_private_networks_are_allowed_the_same_name_arrives() {
    let stand_in = StandIn::start().await;
    let url = format!("http://id.example:{}", stand_in.port());
    let mut metadata = stand_in.metadata();
    metadata["issuer"] = json!(url);
    stand_in.at("/.well-known/openid-configuration", Behaviour::Json(metadata));
    let mut settings = settings(vec![issuer("acme", &url)]);
    settings.lookup = Changing::new(&[&["127.0.0.1"]]);
    assert!(authorize(&door(settings), "acme").await.is_ok());
}

#[actix_web::test]
async fn a_name_that_changes_its_address_is_judged_by_the_one_that_is_connected_to() {
    let stand_in = StandIn::start().await;
    // The first is out in the open and answers nobody here; then the name leads inside.
    let lookup = Changing::new(&[&["198.51.99.1"], &["127.0.0.1"]]);
    let door = public_only(&format!("https://id.example:{}", stand_in.port()), lookup.clone());
    let first = authorize(&door, "acme").await;
    assert!(matches!(first, Err(OauthError::Unreachable | OauthError::TooLate)), "{first:?}");
    for _ in 0..3 {
        assert_eq!(authorize(&door, "acme").await, Err(OauthError::PrivateAddress));
    }
    assert!(lookup.asked.lock().unwrap().len() >= 2, "each connection asks");
    // Of several addresses only those out in the open are tried.
    let lookup = Changing::new(&[&["127.0.0.1", "198.51.99.1"]]);
    let door = public_only(&format!("https://id.example:{}", stand_in.port()), lookup);
    assert!(matches!(authorize(&door, "acme").await, Err(OauthError::Unreachable | OauthError::TooLate)));
    assert!(stand_in.asked("/.well-known/openid-configuration").is_empty());
}

#[actix_web::test]
async fn literal_addresses_and_plain_http_are_refused_before_anybody_is_asked() {
    let stand_in = StandIn::start().await;
    let port = stand_in.port();
    let cases = [
        (format!("https://127.0.0.1:{port}"), OauthError::PrivateAddress),
        (format!("https://[::1]:{port}"), OauthError::PrivateAddress),
        (format!("https://[::ffff:127.0.0.1]:{port}"), OauthError::PrivateAddress),
        (format!("https://2130706433:{port}"), OauthError::PrivateAddress),
        (format!("https://0x7f.1:{port}"), OauthError::PrivateAddress),
        (format!("http://id.example:{port}"), OauthError::Insecure),
    ];
    for (url, expected) in cases {
        let lookup = Changing::new(&[&["127.0.0.1"]]);
        assert_eq!(authorize(&public_only(&url, lookup.clone()), "acme").await, Err(expected), "{url}");
        assert!(lookup.asked.lock().unwrap().is_empty(), "{url}");
    }
    assert!(stand_in.asked("/.well-known/openid-configuration").is_empty());
}

#[actix_web::test]
async fn endpoints_that_an_issuer_names_are_held_to_the_same() {
    let (stand_in, inside) = (StandIn::start().await, StandIn::start().await);
    for endpoint in ["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"] {
        for target in ["file:///etc/passwd", "gopher://127.0.0.1/", "javascript:alert(1)"] {
            let mut metadata = stand_in.metadata();
            metadata[endpoint] = json!(target);
            stand_in.at("/.well-known/openid-configuration", Behaviour::Json(metadata));
            let door = door(settings(vec![issuer("acme", &stand_in.url())]));
            assert_eq!(authorize(&door, "acme").await, Err(OauthError::Insecure), "{endpoint} {target}");
        }
    }
    stand_in.plays_an_issuer();
    let location = vec![("location", format!("{}/secret", inside.url()))];
    stand_in.at("/token", Behaviour::Says(307, location, String::new()));
    let door = door(settings(vec![issuer("acme", &stand_in.url())]));
    assert_eq!(redeem(&door, "acme").await.err(), Some(OauthError::Redirected));
    assert!(inside.asked("/secret").is_empty());
}
