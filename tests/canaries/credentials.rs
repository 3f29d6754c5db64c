//! Everything that somebody does with their credentials, right and wrong.

use reqwest::Method;
use serde_json::json;

use crate::app::{PASSWORD, TestApp, new_email};
use crate::databases::TestDatabase;
use crate::people::{code_of, totp_of};
use crate::search::{Canary, canary};
use crate::tables::execute;
use crate::walker::Walker;

const WRONG: &str = "a wrong canary of a password";
const NEW: &str = "a new canary of a password, and a good one";
const NEWEST: &str = "the newest canary of a password there will be";

/// What must not be found afterwards.
pub async fn credentials(database: &TestDatabase) -> Vec<Canary> {
    let app = TestApp::spawn(&database.url, &[("THROTTLE", "off"), ("PASSWORD_HISTORY", "3")]).await;
    let mut walker = Walker::new(&app);
    let email = new_email();
    walker.post("/v1/register", None, json!({ "email": email, "password": PASSWORD })).await.expect(201);
    second_factor(&mut walker, &email).await;
    passwords(&mut walker, database, &email).await;
    leave(&mut walker, &email).await;
    let canaries = walker.canaries;
    app.node.stop().await;
    canaries
}

async fn second_factor(walker: &mut Walker<'_>, email: &str) {
    let login = walker.log_in(email, PASSWORD).await;
    let access = login.str("access_token");
    let bearer = Some(access.as_str());
    let offer = walker.post("/v1/me/mfa/totp", bearer, json!({})).await.expect(201);
    let totp = totp_of(&offer);
    walker.canaries.push(canary("the bytes of a TOTP secret", totp.secret().as_bytes()));
    walker.post("/v1/me/mfa/totp/confirm", bearer, json!({ "code": "000000" })).await.expect(401);
    let confirm = json!({ "code": code_of(&totp, walker.app) });
    walker.post("/v1/me/mfa/totp/confirm", bearer, confirm).await.expect(200);
    let codes = walker.post("/v1/me/mfa/recovery-codes", bearer, json!({})).await.expect(200);
    let codes = codes.json()["recovery_codes"].clone();
    let device = login.str("device_token");
    let body = json!({ "identifier": email, "password": PASSWORD, "device_token": device });
    let challenge = walker.post("/v1/login", None, body).await.expect(200).str("challenge");
    for (factor, code, status) in [
        ("totp", json!("123456"), 401),
        ("recovery_code", json!("WRONG-CANARY-OF-A-CODE"), 401),
        ("recovery_code", codes[0].clone(), 200),
        ("recovery_code", codes[1].clone(), 410),
    ] {
        let body = json!({ "challenge": challenge, "factor": factor, "code": code });
        walker.post("/v1/login/mfa", None, body).await.expect(status);
    }
    walker.post("/v1/me/reauthenticate", bearer, json!({ "password": WRONG })).await.expect(401);
    let again = walker.post("/v1/me/reauthenticate", bearer, json!({ "password": PASSWORD })).await.expect(200);
    let (fresh, path) = (again.str("access_token"), "/v1/me/mfa/totp");
    walker.app.send(walker.app.request(Method::DELETE, path, Some(&fresh))).await.expect(204);
}

async fn passwords(walker: &mut Walker<'_>, database: &TestDatabase, email: &str) {
    walker.post("/v1/password/check", None, json!({ "password": WRONG, "email": email })).await.expect(200);
    let access = walker.log_in(email, PASSWORD).await.str("access_token");
    for (current, new, status) in [(WRONG, NEW, 401), (PASSWORD, PASSWORD, 422), (PASSWORD, NEW, 204)] {
        let body = json!({ "current_password": current, "new_password": new });
        walker.post("/v1/password/change", Some(&access), body).await.expect(status);
    }
    execute(database, &format!("UPDATE users SET must_change_password = TRUE WHERE email = '{email}'")).await;
    let challenge = walker.log_in(email, NEW).await.str("challenge");
    for (password, status) in [("too weak", 422), (NEWEST, 200), (NEWEST, 410)] {
        let body = json!({ "challenge": challenge, "new_password": password });
        walker.post("/v1/login/password", None, body).await.expect(status);
    }
}

/// Looks at everything once more, and goes for good.
async fn leave(walker: &mut Walker<'_>, email: &str) {
    let (access, other) = (walker.log_in(email, NEWEST).await, walker.log_in(email, NEWEST).await);
    let (access, session) = (access.str("access_token"), other.str("session_id"));
    for path in ["/v1/me/sessions", "/v1/me/events", "/v1/me/mfa", "/v1/me/export", "/v1/password/policy"] {
        walker.app.get(path, Some(&access)).await.expect(200);
    }
    walker.app.delete(&format!("/v1/me/sessions/{session}"), Some(&access)).await.expect(204);
    walker.post("/v1/me/delete", Some(&access), json!({})).await.expect(204);
}
