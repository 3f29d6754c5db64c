//! One refresh token, redeemed 64 times at once: one successor, whatever the database and however many nodes.

use std::collections::BTreeSet;

use futures_util::future::join_all;

use crate::app::{Answer, TestApp};
use crate::databases::TestDatabase;
use crate::race_rounds;

const PARALLEL: usize = 64;

on_each_database! {
    one_node_answers_all_alike,
    two_nodes_answer_all_alike,
    without_a_grace_one_wins_and_the_losers_end_the_session,
    without_a_grace_over_two_nodes,
}

/// From all of `apps` in turn.
async fn redeem(apps: &[&TestApp], token: &str) -> Vec<Answer> {
    join_all((0..PARALLEL).map(|n| apps[n % apps.len()].refresh(token))).await
}

async fn one_successor(apps: &[&TestApp]) {
    join_all(apps.iter().map(|app| app.warm_up())).await;
    for round in 0..race_rounds() {
        let mut token = apps[0].signed_in().await.str("refresh_token");
        // The second time it is no longer the family's first rotation.
        for _ in 0..2 {
            let answers = redeem(apps, &token).await;
            let refused = answers.iter().find(|answer| answer.status != 200);
            assert!(refused.is_none(), "round {round}: {refused:?}");
            let successors: BTreeSet<String> = answers.iter().map(|answer| answer.str("refresh_token")).collect();
            assert_eq!(successors.len(), 1, "round {round}");
            let sessions: BTreeSet<String> = answers.iter().map(|answer| answer.str("session_id")).collect();
            assert_eq!(sessions.len(), 1, "round {round}");
            token = successors.into_iter().next().unwrap();
        }
        apps[apps.len() - 1].refresh(&token).await.expect(200);
    }
}

async fn one_node_answers_all_alike(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    one_successor(&[&app]).await;
    app.node.stop().await;
}

async fn two_nodes_answer_all_alike(database: &TestDatabase) {
    let (a, b) = (TestApp::spawn(&database.url, &[]).await, TestApp::spawn(&database.url, &[]).await);
    one_successor(&[&a, &b]).await;
    a.node.stop().await;
    b.node.stop().await;
}

async fn one_winner(apps: &[&TestApp]) {
    join_all(apps.iter().map(|app| app.warm_up())).await;
    for round in 0..race_rounds() {
        let token = apps[0].signed_in().await.str("refresh_token");
        let answers = redeem(apps, &token).await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        assert_eq!(won.len(), 1, "round {round}: {answers:?}");
        let reused = (401, "refresh_token_reused".to_owned());
        let revoked = (401, "session_revoked".to_owned());
        for answer in &lost {
            assert!([&reused, &revoked].contains(&&answer.refusal()), "round {round}: {answer:?}");
        }
        assert!(lost.iter().any(|answer| answer.refusal() == reused), "round {round}: nobody was told of the reuse");
        for app in apps {
            assert_eq!(app.refresh(&won[0].str("refresh_token")).await.refusal(), revoked, "round {round}");
        }
    }
}

async fn without_a_grace_one_wins_and_the_losers_end_the_session(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[("REFRESH_GRACE_SECONDS", "0")]).await;
    one_winner(&[&app]).await;
    app.node.stop().await;
}

async fn without_a_grace_over_two_nodes(database: &TestDatabase) {
    let grace = [("REFRESH_GRACE_SECONDS", "0")];
    let (a, b) = (TestApp::spawn(&database.url, &grace).await, TestApp::spawn(&database.url, &grace).await);
    one_winner(&[&a, &b]).await;
    a.node.stop().await;
    b.node.stop().await;
}
