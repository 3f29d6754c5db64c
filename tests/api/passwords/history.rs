//! Passwords that were used before, where that matters.

use super::{answer_challenge, challenge, change, log_in, owner, reasons};
use crate::app::{PASSWORD, TestApp};
use crate::databases::TestDatabase;
use crate::execute;
use crate::tables::count;

on_each_database! {
    the_last_ones_may_not_come_again,
    without_a_history_only_the_present_one_counts,
}

const KEPT: &str = "SELECT COUNT(*) FROM password_history";

fn nth(n: u32) -> String {
    format!("lanterns over harbour {n}{n}{n}")
}

async fn the_last_ones_may_not_come_again(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[("PASSWORD_HISTORY", "3")]).await;
    let (email, login) = owner(&app).await;
    let access = login.str("access_token");
    let mut current = PASSWORD.to_owned();
    for (n, kept) in [(1, 1), (2, 2), (3, 2), (4, 2)] {
        change(&app, &access, &current, &nth(n)).await.expect(204);
        current = nth(n);
        assert_eq!(count(database, KEPT).await, kept);
    }
    for (n, code) in [(4, "unchanged"), (3, "used_before"), (2, "used_before")] {
        assert_eq!(reasons(&change(&app, &access, &current, &nth(n)).await, "/new_password"), [code], "{n}");
    }
    execute(database, &format!("UPDATE users SET must_change_password = TRUE WHERE email = '{email}'")).await;
    let challenge = challenge(&log_in(&app, &email, &current).await);
    assert_eq!(reasons(&answer_challenge(&app, &challenge, &nth(3)).await, "/new_password"), ["used_before"]);
    // The third from the last is free again.
    let tokens = answer_challenge(&app, &challenge, &nth(1)).await.expect(200);
    assert_eq!(count(database, KEPT).await, 2);
    app.node.stop().await;

    // Whoever turns it off forgets with the next change.
    let app = TestApp::spawn(&database.url, &[("PASSWORD_HISTORY", "0")]).await;
    change(&app, &tokens.str("access_token"), &nth(1), &nth(3)).await.expect(204);
    assert_eq!(count(database, KEPT).await, 0);
    app.node.stop().await;
}

async fn without_a_history_only_the_present_one_counts(database: &TestDatabase) {
    for history in ["0", "1"] {
        let app = TestApp::spawn(&database.url, &[("PASSWORD_HISTORY", history)]).await;
        let (_, login) = owner(&app).await;
        let access = login.str("access_token");
        assert_eq!(reasons(&change(&app, &access, PASSWORD, PASSWORD).await, "/new_password"), ["unchanged"]);
        change(&app, &access, PASSWORD, &nth(1)).await.expect(204);
        change(&app, &access, &nth(1), PASSWORD).await.expect(204);
        assert_eq!(count(database, KEPT).await, 0);
        app.node.stop().await;
    }
}
