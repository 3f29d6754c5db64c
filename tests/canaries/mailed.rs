//! Everything that goes by mail and comes back: making an account, a forgotten password, another address.

use keystead::flows::admin::by::By;
use keystead::flows::admin::invitations::make_invitation;
use secrecy::ExposeSecret;
use serde_json::json;

use crate::app::{PASSWORD, TestApp, new_email, soon};
use crate::databases::TestDatabase;
use crate::search::{Canary, canary};
use crate::walker::Walker;

const NEW: &str = "a canary of a password after a mail, good enough";
const NEWER: &str = "a canary of a password that comes too late";

/// What must not be found afterwards.
pub async fn mailed(database: &TestDatabase) -> Vec<Canary> {
    let app = TestApp::spawn(&database.url, &[("THROTTLE", "off"), ("EMAIL_VERIFICATION", "required")]).await;
    let mut walker = Walker::new(&app);
    let email = register(&mut walker).await;
    forget(&mut walker, &email).await;
    move_to_another_address(&mut walker, &email).await;
    let canaries = walker.canaries;
    app.node.stop().await;
    canaries
}

/// From the mail, whose link has it where no server sees it.
async fn token_for(walker: &mut Walker<'_>, email: &str, kind: &str) -> String {
    let mail = walker.app.mail_to(email, kind).await;
    let (link, token) = (mail.link(), mail.token());
    let (page, fragment) = link.split_once('#').unwrap();
    assert!(fragment.contains(&token) && !page.contains(&token), "{page}");
    walker.canaries.push(canary("a mailed token", token.as_str()));
    token
}

/// With an invitation, and twice by mail.
async fn register(walker: &mut Walker<'_>) -> String {
    let context = &walker.app.node.context;
    let invited = make_invitation(context, &soon(), &By::Operator, None).await.unwrap();
    let invitation = invited.token.unwrap().expose_secret().to_owned();
    let email = new_email();
    let body = json!({ "email": email, "password": PASSWORD, "invitation": invitation });
    walker.post("/v1/register", None, body.clone()).await.expect(202);
    walker.post("/v1/register", None, body).await.expect(410);
    let first = token_for(walker, &email, "verify_email").await;
    walker.post("/v1/email/verify/resend", None, json!({ "email": email })).await.expect(202);
    let second = token_for(walker, &email, "verify_email").await;
    let mut statuses = vec![];
    for token in [&first, &second, &first, &second] {
        statuses.push(walker.post("/v1/email/verify", None, json!({ "token": token })).await.status.as_u16());
    }
    assert!(statuses.contains(&204) && statuses.ends_with(&[410, 410]), "{statuses:?}");
    email
}

async fn forget(walker: &mut Walker<'_>, email: &str) {
    walker.post("/v1/password/forgot", None, json!({ "email": email })).await.expect(202);
    let token = token_for(walker, email, "reset_password").await;
    for (new, status) in [("too weak", 422), (NEW, 204), (NEWER, 410)] {
        walker.post("/v1/password/reset", None, json!({ "token": token, "new_password": new })).await.expect(status);
    }
}

async fn move_to_another_address(walker: &mut Walker<'_>, email: &str) {
    let access = walker.log_in(email, NEW).await.str("access_token");
    let new_email = new_email();
    walker.post("/v1/email/change", Some(&access), json!({ "new_email": new_email })).await.expect(204);
    let token = token_for(walker, &new_email, "confirm_email_change").await;
    for status in [204, 410] {
        walker.post("/v1/email/change/confirm", None, json!({ "token": token })).await.expect(status);
    }
    walker.log_in(&new_email, NEW).await;
}
