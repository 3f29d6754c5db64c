//! Addresses: shown to be somebody's, and changed for others.

use keystead::domain::account::Account;
use keystead::domain::email::Email;
use keystead::sql;
use keystead::store::addresses::{AddressChanged, ChangeAddress, VerifyAddress};
use keystead::store::one_time_tokens::{FindToken, IssueToken, Kind};
use keystead::store::registrations::Spend;
use keystead::store::users::FindUser;
use uuid::Uuid;

use crate::ground::{Change, DISABLE, Ground, LOCK, UNLOCK, named};
use crate::mailed_tokens::{letter, token};

on_each_database! {
    an_address_is_verified_by_its_token_alone,
    an_address_is_changed_once_and_what_went_to_the_old_one_is_void,
    an_address_that_is_taken_leaves_the_token_good,
    nothing_is_changed_for_an_account_that_is_not_as_it_was,
    an_account_gets_its_first_address,
}

const TOKEN: [u8; 32] = [7; 32];

async fn issue(ground: &Ground, kind: Kind, user_id: Uuid, token_hash: [u8; 32]) {
    let token = token(ground, kind, user_id, token_hash);
    ground.run(IssueToken { token, withdraws_earlier: false }).await;
}

async fn is_good(ground: &Ground, kind: Kind, token_hash: [u8; 32]) -> bool {
    ground.run(FindToken { kind, token_hash }).await.is_some()
}

async fn account(ground: &Ground, id: Uuid) -> Account {
    ground.run(FindUser { id }).await.unwrap().account()
}

fn spend() -> Spend {
    Spend { token_hash: TOKEN, attempt: Uuid::now_v7() }
}

fn verify(user_id: Uuid, key: &str) -> VerifyAddress {
    VerifyAddress { token: spend(), user_id, email_key: key.to_owned() }
}

fn change(user_id: Uuid, old: Option<&str>, new: &str) -> ChangeAddress {
    ChangeAddress {
        token: spend(),
        user_id,
        auth_epoch: 0,
        old_key: old.map(str::to_owned),
        new: Email::parse(new).unwrap(),
        letter: old.map(|_| letter("email_changed")),
    }
}

async fn an_address_is_verified_by_its_token_alone(ground: &Ground) {
    let ada = ground.user("ada").await;
    assert!(!ground.run(verify(ada, "ada@example.org")).await, "there is no token");
    issue(ground, Kind::ResetPassword, ada, TOKEN).await;
    assert!(!ground.run(verify(ada, "ada@example.org")).await, "that is for another door");
    ground.run(Change(sql!("DELETE FROM one_time_tokens WHERE user_id = ?"), ada)).await;
    issue(ground, Kind::VerifyEmail, ada, TOKEN).await;
    issue(ground, Kind::VerifyEmail, ada, [8; 32]).await;
    assert!(!account(ground, ada).await.email_verified);
    let first = verify(ada, "ada@example.org");
    let again = VerifyAddress { token: first.token, user_id: ada, email_key: first.email_key.clone() };
    assert!(ground.run(first).await);
    assert!(ground.run(again).await, "the same attempt");
    assert!(!ground.run(verify(ada, "ada@example.org")).await, "another attempt");
    assert!(account(ground, ada).await.email_verified);
    assert!(!is_good(ground, Kind::VerifyEmail, [8; 32]).await, "nothing is left to show");

    let bob = ground.user("bob").await;
    ground.run(Change(sql!("DELETE FROM one_time_tokens WHERE user_id = ?"), ada)).await;
    issue(ground, Kind::VerifyEmail, bob, TOKEN).await;
    assert!(!ground.run(verify(bob, "robert@example.org")).await, "it went to another address");
    assert!(!account(ground, bob).await.email_verified);
}

async fn an_address_is_changed_once_and_what_went_to_the_old_one_is_void(ground: &Ground) {
    let ada = ground.user("ada").await;
    issue(ground, Kind::ChangeEmail, ada, TOKEN).await;
    for (byte, kind) in (1..).zip([Kind::ResetPassword, Kind::VerifyEmail, Kind::ChangeEmail, Kind::MfaChallenge]) {
        issue(ground, kind, ada, [byte; 32]).await;
    }
    let first = change(ada, Some("ada@example.org"), "Ada@Lovelace.example");
    let again = ChangeAddress {
        token: first.token,
        letter: first.letter.clone(),
        ..change(ada, Some("ada@example.org"), "Ada@Lovelace.example")
    };
    assert_eq!(ground.run(first).await, AddressChanged::Yes);
    assert_eq!(ground.run(again).await, AddressChanged::Yes, "the same attempt");
    let other = change(ada, Some("ada@example.org"), "Ada@Lovelace.example");
    assert_eq!(ground.run(other).await, AddressChanged::TokenSpent);
    let changed = account(ground, ada).await;
    assert_eq!((changed.email.as_deref(), changed.email_verified), (Some("Ada@Lovelace.example"), true));
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM users WHERE email_key = 'ada@lovelace.example'")).await, 1);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM outbox")).await, 1);
    for (byte, kind) in (1..).zip([Kind::ResetPassword, Kind::VerifyEmail, Kind::ChangeEmail]) {
        assert!(!is_good(ground, kind, [byte; 32]).await, "{kind:?}");
    }
    assert!(is_good(ground, Kind::MfaChallenge, [4; 32]).await);
}

async fn an_address_that_is_taken_leaves_the_token_good(ground: &Ground) {
    let (ada, _bob) = (ground.user("ada").await, ground.user("bob").await);
    issue(ground, Kind::ChangeEmail, ada, TOKEN).await;
    let wanted = || change(ada, Some("ada@example.org"), "BOB@example.org");
    assert_eq!(ground.run(wanted()).await, AddressChanged::EmailTaken);
    assert!(is_good(ground, Kind::ChangeEmail, TOKEN).await);
    assert_eq!(account(ground, ada).await.email.as_deref(), Some("ada@example.org"));
    let own = change(ada, Some("ada@example.org"), "ADA@example.org");
    assert_eq!(ground.run(own).await, AddressChanged::Yes, "its own, spelled in another way");
    assert_eq!(account(ground, ada).await.email.as_deref(), Some("ADA@example.org"));
}

async fn nothing_is_changed_for_an_account_that_is_not_as_it_was(ground: &Ground) {
    let ada = ground.user("ada").await;
    let raise = sql!("UPDATE users SET auth_epoch = auth_epoch + 1 WHERE id = ?");
    let lower = sql!("UPDATE users SET auth_epoch = 0 WHERE id = ?");
    let enable = sql!("UPDATE users SET active = TRUE WHERE id = ?");
    for (before, after) in [(LOCK, UNLOCK), (DISABLE, enable), (raise, lower)] {
        ground.run(Change(sql!("DELETE FROM one_time_tokens WHERE user_id = ?"), ada)).await;
        issue(ground, Kind::ChangeEmail, ada, TOKEN).await;
        ground.run(Change(before, ada)).await;
        let wanted = change(ada, Some("ada@example.org"), "new@example.org");
        assert_eq!(ground.run(wanted).await, AddressChanged::TokenSpent, "{before:?}");
        ground.run(Change(after, ada)).await;
    }
    ground.run(Change(sql!("DELETE FROM one_time_tokens WHERE user_id = ?"), ada)).await;
    issue(ground, Kind::ChangeEmail, ada, TOKEN).await;
    let stale = change(ada, Some("earlier@example.org"), "new@example.org");
    assert_eq!(ground.run(stale).await, AddressChanged::TokenSpent, "the letter would go to the wrong address");
    assert_eq!(account(ground, ada).await.email.as_deref(), Some("ada@example.org"));
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM outbox")).await, 0);
}

async fn an_account_gets_its_first_address(ground: &Ground) {
    let root = named("root");
    let id = root.id;
    ground.run(keystead::store::users::CreateUser { account: root, role: "user" }).await;
    assert!(ground.run(FindUser { id }).await.unwrap().standing().email_verified, "it has none to verify");
    issue(ground, Kind::ChangeEmail, id, TOKEN).await;
    assert_eq!(ground.run(change(id, None, "root@example.org")).await, AddressChanged::Yes);
    assert_eq!(account(ground, id).await.email.as_deref(), Some("root@example.org"));
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM outbox")).await, 0);
}
