//! When memory may be out of date, the tables are asked.

use crate::app::TestApp;
use crate::databases::TestDatabase;
use crate::execute;

on_each_database! {
    the_tables_are_asked_when_memory_is_out_of_date,
}

/// Ways in which a session ends in the tables, with no word of it in the log that memory is filled from: as if the row
/// there was not seen yet.
const ENDS: [&str; 6] = [
    "UPDATE sessions SET revoked_at = 1",
    "UPDATE sessions SET expires_at = 1",
    "UPDATE users SET auth_epoch = auth_epoch + 1",
    "UPDATE users SET active = FALSE",
    "UPDATE users SET locked_at = 1",
    "UPDATE users SET claims_version = claims_version + 1",
];

async fn the_tables_are_asked_when_memory_is_out_of_date(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let client = app.client("users:read").await;
    let alive = app.signed_in().await.str("access_token");
    for _ in 0..20 {
        app.node.context.house.revocations.forget_freshness();
        app.get("/v1/me", Some(&alive)).await.expect(200);
    }
    for end in ENDS {
        let access = app.signed_in().await.str("access_token");
        execute(database, end).await;
        // Memory, once it is fresh again, knows nothing of it.
        let mut is_let_in = false;
        for _ in 0..20 {
            app.until_ready().await;
            is_let_in |= app.get("/v1/me", Some(&access)).await.status == 200;
        }
        assert!(is_let_in, "{end}");
        // A reading of the log may come in between and make memory fresh again, so once is enough.
        let mut refusals = Vec::new();
        for _ in 0..20 {
            app.node.context.house.revocations.forget_freshness();
            let me = app.get("/v1/me", Some(&access)).await;
            app.node.context.house.revocations.forget_freshness();
            let known = app.introspect(&client, &access).await.json();
            if me.status == 401 && known["active"] == false {
                refusals.push(me.refusal().1);
                break;
            }
        }
        let expected = if end.contains("claims_version") { "token_stale" } else { "session_revoked" };
        assert_eq!(refusals, [expected], "{end}");
    }
    app.node.stop().await;
}
