//! B10: whatever ends a session, its tokens are refused at refresh at once on every node, at introspection and at
//! `/v1/me` at once on the node that ended it, and on any other within a second.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;

use crate::app::{Answer, PASSWORD, TestApp, new_email};
use crate::databases::TestDatabase;
use crate::promptness::a_second;
use crate::rounds::rounds;

on_each_database! {
    whatever_ends_a_session_is_known_everywhere,
}

const SECOND: Duration = Duration::from_secs(1);
const NEW_PASSWORD: &str = "another horse, another battery, another staple";
/// Some more than anybody here has but whoever is to have too many.
const LIMIT: usize = 4;

/// What ends a session.
#[derive(Clone, Copy, Debug)]
enum Cause {
    Logout,
    LogoutOfTheOthers,
    LogoutEverywhere,
    OneOfTheList,
    TooMany,
    TokenGivenBack,
    TokenUsedTwice,
    PasswordChanged,
    AccountDeleted,
}

impl Cause {
    const ALL: [Self; 9] = [
        Self::Logout,
        Self::LogoutOfTheOthers,
        Self::LogoutEverywhere,
        Self::OneOfTheList,
        Self::TooMany,
        Self::TokenGivenBack,
        Self::TokenUsedTwice,
        Self::PasswordChanged,
        Self::AccountDeleted,
    ];

    /// What a refresh is told then.
    const fn code(self) -> &'static str {
        match self {
            Self::AccountDeleted => "invalid_refresh_token",
            _ => "session_revoked",
        }
    }

    /// Ends the session of `victim`, from another one of the same account where that is how it is done.
    async fn happen(self, app: &TestApp, client: &(String, String), victim: &Answer, other: &Answer) {
        let (own, others) = (victim.str("access_token"), other.str("access_token"));
        match self {
            Self::Logout => drop(app.logout(&own, "this").await.expect(204)),
            Self::LogoutOfTheOthers => drop(app.logout(&others, "others").await.expect(204)),
            Self::LogoutEverywhere => drop(app.logout(&others, "all").await.expect(204)),
            Self::OneOfTheList => {
                let path = format!("/v1/me/sessions/{}", victim.str("session_id"));
                app.delete(&path, Some(&others)).await.expect(204);
            }
            Self::TooMany => {
                let email = victim.json()["user"]["email"].as_str().unwrap().to_owned();
                for _ in 1..LIMIT {
                    app.login(&email).await.expect(200);
                }
            }
            Self::TokenGivenBack => {
                let (refresh, client) = (victim.str("refresh_token"), Some((client.0.as_str(), client.1.as_str())));
                app.form("/oauth2/revoke", client, &[("token", &refresh)]).await.expect(200);
            }
            Self::TokenUsedTwice => {
                let first = victim.str("refresh_token");
                let second = app.refresh(&first).await.expect(200).str("refresh_token");
                app.refresh(&second).await.expect(200);
                assert_eq!(app.refresh(&first).await.refusal(), (401, "refresh_token_reused".into()));
            }
            Self::PasswordChanged => {
                let body = json!({ "current_password": PASSWORD, "new_password": NEW_PASSWORD });
                app.post("/v1/password/change", Some(&others), &body).await.expect(204);
            }
            Self::AccountDeleted => {
                let request = app.request(Method::POST, "/v1/me/delete", Some(&others));
                app.send(request).await.expect(204);
            }
        }
    }
}

/// How long after `since` the node refused the access token everywhere.
async fn refused_after(app: &TestApp, client: &(String, String), access: &str, since: Instant) -> Duration {
    loop {
        let asked = since.elapsed();
        let me = app.get("/v1/me", Some(access)).await;
        let is_refused = me.status == 401 && me.refusal().1 == "session_revoked";
        if is_refused && app.introspect(client, access).await.json() == json!({ "active": false }) {
            return asked;
        }
        assert!(asked < 15 * SECOND, "still let in: {me:?}");
        tokio::time::sleep(SECOND / 100).await;
    }
}

async fn whatever_ends_a_session_is_known_everywhere(database: &TestDatabase) {
    let limit = LIMIT.to_string();
    let settings = [("SESSIONS_PER_USER", limit.as_str())];
    let (a, b) = (TestApp::spawn(&database.url, &settings).await, TestApp::spawn(&database.url, &settings).await);
    let client = a.client("users:read").await;
    for cause in Cause::ALL {
        let mut latest = Duration::ZERO;
        for round in 0..rounds("RACE_ROUNDS", 4) {
            let (here, there) = if round % 2 == 0 { (&a, &b) } else { (&b, &a) };
            let email = new_email();
            here.register(&email).await.expect(201);
            let (victim, other) = (here.login(&email).await.expect(200), there.login(&email).await.expect(200));
            let access = victim.str("access_token");
            for app in [here, there] {
                app.get("/v1/me", Some(&access)).await.expect(200);
                assert_eq!(app.introspect(&client, &access).await.json()["active"], true);
            }
            cause.happen(here, &client, &victim, &other).await;
            let since = Instant::now();
            let me = here.get("/v1/me", Some(&access)).await;
            assert_eq!(me.refusal(), (401, "session_revoked".into()), "{cause:?}, at once where it happened");
            let told = here.introspect(&client, &access).await.json();
            assert_eq!(told, json!({ "active": false }), "{cause:?}, at once where it happened");
            for app in [there, here] {
                let refresh = victim.str("refresh_token");
                assert_eq!(app.refresh(&refresh).await.refusal(), (401, cause.code().into()), "{cause:?}, at once");
                assert_eq!(app.introspect(&client, &refresh).await.json(), json!({ "active": false }), "{cause:?}");
            }
            latest = latest.max(refused_after(there, &client, &access, since).await);
        }
        println!("{cause:?}: refused on the other node after {latest:?} at most");
        assert!(latest <= a_second(), "{cause:?}: {latest:?}");
    }
    a.node.stop().await;
    b.node.stop().await;
}
