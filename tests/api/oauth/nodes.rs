//! Each step on another node.

use futures_util::future::join_all;

use super::spawn;
use crate::app::TestApp;
use crate::databases::TestDatabase;
use crate::github::{Begun, Browser, Somebody, sign_in};
use crate::tables::count;

on_each_server! {
    the_way_leads_over_two_nodes,
    one_account_is_made_of_many_first_sign_ins,
}

async fn the_way_leads_over_two_nodes(database: &TestDatabase) {
    let (one, github) = spawn(database, &[]).await;
    // One address for people: both nodes are behind it.
    let public_url = ("PUBLIC_URL", one.node.app_url());
    let two = TestApp::spawn(&database.url, &[&github.settings()[..], &[(public_url.0, &public_url.1)]].concat()).await;
    let (begun, mut browser) = (Begun::new(), Browser::default());
    let back = browser.approved(&one, &github, &begun.start("github"), &Somebody::new()).await;
    let code = begun.outcome(&browser.open(&two, &back).await);
    let tokens = begun.exchange(&one, &code).await.expect(200);
    two.get("/v1/me", Some(&tokens.str("access_token"))).await.expect(200);
    one.node.stop().await;
    two.node.stop().await;
    github.stop().await;
}

async fn one_account_is_made_of_many_first_sign_ins(database: &TestDatabase) {
    let (one, github) = spawn(database, &[]).await;
    let two = TestApp::spawn(&database.url, &github.settings()).await;
    let mona = Somebody::new();
    let nodes = [&one, &two];
    let all = join_all((0..16).map(|turn| sign_in(nodes[turn % 2], &github, &mona))).await;
    let first = all[0].json()["user"]["id"].clone();
    assert!(all.iter().all(|answer| answer.status == 200 && answer.json()["user"]["id"] == first));
    assert_eq!(count(database, "SELECT COUNT(*) FROM users").await, 1);
    one.node.stop().await;
    two.node.stop().await;
    github.stop().await;
}
