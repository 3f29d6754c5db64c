//! Every route of the admin plane × every role, and × the one permission that it asks for: from the server's own table.

use std::collections::BTreeSet;
use std::time::Duration;

use keystead::domain::permission::{Permission, Permissions};
use keystead::domain::role::BUILT_IN;
use keystead::http::routes::{ADMIN_ROUTES, APP_ROUTES, OPS_ROUTES};
use reqwest::Method;
use serde_json::json;

use super::{administrator, id_of, program, put, signed_in_again};
use crate::app::{Answer, TestApp};
use crate::databases::TestDatabase;
use crate::people::Person;

on_each_database! {
    every_route_for_every_role,
    every_route_asks_for_its_own_permission_and_no_other,
}

/// Answers are judged again where the node had to ask the database about the token, and something else was found first.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(300);

#[test]
fn what_begins_like_the_admin_plane_is_the_admin_plane() {
    let elsewhere = APP_ROUTES.iter().chain(OPS_ROUTES).filter(|(path, _)| path.starts_with("/v1/admin"));
    assert_eq!(elsewhere.count(), 0, "stands in the table of the admin plane");
    let mut seen = BTreeSet::new();
    for &(path, method, permission) in ADMIN_ROUTES {
        assert!(path.starts_with("/v1/admin/") && seen.insert((path, method)), "{method} {path}");
        let permission = Permission::parse(permission).unwrap();
        assert!(!permission.has_wildcard(), "{method} {path}: {permission}");
    }
}

/// On nothing that there is, with a body that says nothing.
async fn ask(app: &TestApp, (path, method, _): (&str, &str, &str), token: Option<&str>) -> Answer {
    let path = path.replace("{id}", &uuid::Uuid::nil().to_string()).replace("{name}", "none").replace("{role}", "none");
    let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
    let takes_a_body = method == Method::POST || method == Method::PATCH;
    let request = app.request(method, &path, token);
    app.send(if takes_a_body { request.json(&json!({})) } else { request }).await
}

/// Whether the permission alone was in the way.
async fn is_refused(app: &TestApp, route: (&str, &str, &str), token: &str, expected: bool) -> bool {
    for _ in 0..TRIES {
        let answer = ask(app, route, Some(token)).await;
        let told = format!("{route:?}: {} {}", answer.status, answer.text);
        assert_ne!(answer.status, 401, "{told}");
        assert!(
            !["access_token", "refresh_token", "challenge"].iter().any(|word| answer.text.contains(word)),
            "{told}"
        );
        let is_refused = answer.status == 403 && answer.refusal().1 == "permission_denied";
        if is_refused == expected {
            return expected;
        }
        tokio::time::sleep(PAUSE).await;
    }
    !expected
}

async fn every_route_for_every_role(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let admin = administrator(&app).await;
    let mut wrong = Vec::new();
    for role in BUILT_IN {
        let person = Person::new(&app).await;
        put(&app, &format!("/v1/admin/users/{}/roles/{}", id_of(&person), role.name), &admin.access())
            .await
            .expect(204);
        let person = signed_in_again(&app, person).await;
        let held = Permissions::parse(&role.permissions.join(" ")).unwrap();
        for &route in ADMIN_ROUTES {
            let expected = !held.allows(&Permission::parse(route.2).unwrap());
            if is_refused(&app, route, &person.access(), expected).await != expected {
                wrong.push(format!("{route:?} for {}: refused is to be {expected}", role.name));
            }
        }
    }
    for &route in ADMIN_ROUTES {
        assert_eq!(ask(&app, route, None).await.refusal(), (401, "not_authenticated".into()), "{route:?}");
        assert_eq!(ask(&app, route, Some("x.y.z")).await.status, 401, "{route:?}");
    }
    println!("{} cells", ADMIN_ROUTES.len() * (BUILT_IN.len() + 2));
    assert!(wrong.is_empty(), "{wrong:#?}");
    app.node.stop().await;
}

async fn every_route_asks_for_its_own_permission_and_no_other(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let every: BTreeSet<&str> = ADMIN_ROUTES.iter().map(|route| route.2).collect();
    let mut wrong = Vec::new();
    for own in &every {
        let others: Vec<_> = every.iter().filter(|other| *other != own).copied().collect();
        let (with, without) = (program(&app, own).await, program(&app, &others.join(" ")).await);
        for &route in ADMIN_ROUTES {
            for (token, holds) in [(&with, route.2 == *own), (&without, route.2 != *own)] {
                if is_refused(&app, route, token, !holds).await == holds {
                    wrong.push(format!("{route:?}: {} {own}", if route.2 == *own { "not by" } else { "by" }));
                }
            }
        }
    }
    println!("{} permissions, {} routes", every.len(), ADMIN_ROUTES.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
    app.node.stop().await;
}
