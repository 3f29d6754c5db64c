//! A reset: one token, one password, every session ended, or nothing at all.

use keystead::domain::refresh_token::Verdict;
use keystead::domain::revocation::What;
use keystead::sql;
use keystead::store::one_time_tokens::{FindToken, IssueToken, Kind};
use keystead::store::passwords::{FindPassword, SetPassword};
use keystead::store::registrations::Spend;
use keystead::store::resets::{PasswordReset, ResetPassword};
use keystead::store::users::FindUser;
use uuid::Uuid;

use crate::ground::{ACCESS_TTL, Change, DISABLE, Ground, LOCK};
use crate::mailed_tokens::{letter, token};

on_each_database! {
    a_reset_sets_the_password_and_ends_every_session,
    an_account_that_is_not_as_it_was_keeps_its_password_and_the_token_stays_good,
    a_token_for_an_address_of_earlier_resets_nothing,
}

pub const TOKEN: [u8; 32] = [7; 32];

pub async fn issue(ground: &Ground, user_id: Uuid) {
    let token = token(ground, Kind::ResetPassword, user_id, TOKEN);
    ground.run(IssueToken { token, withdraws_earlier: false }).await;
}

/// Of somebody who had no password before.
pub fn reset(user_id: Uuid, new: &str) -> ResetPassword {
    let set = SetPassword {
        user_id,
        auth_epoch: 0,
        old: None,
        new: new.to_owned(),
        history: 0,
        letter: Some(letter("password_changed")),
    };
    let token = Spend { token_hash: TOKEN, attempt: Uuid::now_v7() };
    ResetPassword { token, set, email_key: "ada@example.org".to_owned(), access_ttl: ACCESS_TTL }
}

pub async fn password(ground: &Ground, user_id: Uuid) -> Option<String> {
    ground.run(FindPassword { user_id }).await.unwrap().hashed_password
}

async fn is_good(ground: &Ground) -> bool {
    ground.run(FindToken { kind: Kind::ResetPassword, token_hash: TOKEN }).await.is_some()
}

async fn a_reset_sets_the_password_and_ends_every_session(ground: &Ground) {
    let ada = ground.user("ada").await;
    let (one, two) = (ground.session(ada).await, ground.session(ada).await);
    assert_eq!(ground.run(reset(ada, "new")).await, PasswordReset::TokenSpent, "there is none");
    issue(ground, ada).await;
    let other = token(ground, Kind::ResetPassword, ada, [8; 32]);
    ground.run(IssueToken { token: other, withdraws_earlier: false }).await;
    let PasswordReset::Yes(Some(revocation)) = ground.run(reset(ada, "new")).await else { panic!("not reset") };
    assert_eq!(revocation.what, What::User { user_id: ada, epoch: 1, except: None });
    assert_eq!(revocation.reason, "password_reset");
    assert_eq!(password(ground, ada).await.as_deref(), Some("new"));
    for session in [&one, &two] {
        assert_eq!(ground.verdict(session, 0, Uuid::nil()).await, Verdict::SessionRevoked);
    }
    let row = ground.run(FindUser { id: ada }).await.unwrap();
    assert!(row.standing().email_verified && row.standing().auth_epoch == 1);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM outbox")).await, 1);
    assert_eq!(ground.run(reset(ada, "newer")).await, PasswordReset::TokenSpent);
    let good = sql!("SELECT COUNT(*) AS n FROM one_time_tokens WHERE spent_at IS NULL");
    assert_eq!(ground.count(good).await, 0, "the other token is withdrawn");
}

async fn an_account_that_is_not_as_it_was_keeps_its_password_and_the_token_stays_good(ground: &Ground) {
    let ada = ground.user("ada").await;
    issue(ground, ada).await;
    let raise = sql!("UPDATE users SET auth_epoch = auth_epoch + 1 WHERE id = ?");
    let renewed = sql!("UPDATE users SET auth_epoch = 0, hashed_password = 'renewed' WHERE id = ?");
    for change in [raise, renewed, DISABLE, LOCK] {
        ground.run(Change(change, ada)).await;
        assert_eq!(ground.run(reset(ada, "new")).await, PasswordReset::Overtaken, "{change:?}");
        assert!(is_good(ground).await, "{change:?}");
    }
    assert_eq!(password(ground, ada).await.as_deref(), Some("renewed"));
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM outbox")).await, 0);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM revocations")).await, 0);
}

async fn a_token_for_an_address_of_earlier_resets_nothing(ground: &Ground) {
    let ada = ground.user("ada").await;
    issue(ground, ada).await;
    let elsewhere = ResetPassword { email_key: "countess@example.org".to_owned(), ..reset(ada, "new") };
    assert_eq!(ground.run(elsewhere).await, PasswordReset::TokenSpent);
    assert_eq!(password(ground, ada).await, None);
    assert_eq!(ground.run(FindUser { id: ada }).await.unwrap().standing().auth_epoch, 0);
}
