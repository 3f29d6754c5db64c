//! How often a provider is asked for what hardly ever changes.

use super::*;
use crate::stand_in::{Behaviour, StandIn};

const METADATA: &str = "/.well-known/openid-configuration";

#[actix_web::test]
async fn metadata_are_asked_for_once_and_not_at_start() {
    let stand_in = StandIn::start().await;
    stand_in.plays_an_issuer();
    let door = door(settings(vec![issuer("acme", &stand_in.url())]));
    assert!(stand_in.asked(METADATA).is_empty());
    let answers = futures_util::future::join_all((0..30).map(|_| authorize(&door, "acme"))).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(stand_in.asked(METADATA).len(), 1);
}

#[actix_web::test]
async fn old_metadata_are_read_anew_and_stay_where_that_fails() {
    let stand_in = StandIn::start().await;
    stand_in.plays_an_issuer();
    let mut settings = settings(vec![issuer("acme", &stand_in.url())]);
    settings.pace = Pace { keep: Duration::ZERO, at_most_every: Duration::ZERO, replace_within: SHORT };
    let door = door(settings);
    authorize(&door, "acme").await.unwrap();
    for behaviour in [Behaviour::HangsUp, Behaviour::Silent, Behaviour::Long(1_024 * 1_024, false)] {
        stand_in.at(METADATA, behaviour);
        assert!(authorize(&door, "acme").await.is_ok());
    }
    let mut moved = stand_in.metadata();
    moved["authorization_endpoint"] = "https://elsewhere.example/authorize".into();
    stand_in.at(METADATA, Behaviour::Json(moved));
    assert_eq!(authorize(&door, "acme").await.unwrap().host_str(), Some("elsewhere.example"));
}
