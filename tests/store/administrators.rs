//! The first administrator, by a token that works once, and any other by promotion.

use keystead::domain::account::NewAccount;
use keystead::domain::clock::Timestamp;
use keystead::domain::revocation::What;
use keystead::domain::role::{ADMIN, USER};
use keystead::domain::username::Username;
use keystead::sql;
use keystead::store::administrators::{Promote, SetUp, SetUpDone};
use keystead::store::error::StoreError;
use keystead::store::revocations::RevocationsAfter;
use keystead::store::roles::{FindGrants, HasAdministrator};
use keystead::store::users::FindUser;
use uuid::Uuid;

use crate::ground::{ACCESS_TTL, Ground, HOUR, START, account, set_up_token};

on_each_database! {
    a_token_makes_the_first_administrator_once,
    an_attempt_that_runs_again_wins_again,
    a_token_that_is_unknown_expired_or_withdrawn_makes_nobody,
    a_name_that_is_taken_leaves_the_token_good,
    nobody_sets_up_what_has_an_administrator,
    a_promotion_is_told_once_and_makes_claims_stale,
}

const TOKEN: [u8; 32] = [7; 32];

async fn issue(ground: &Ground, token_hash: [u8; 32]) {
    ground.run(set_up_token(token_hash, START.plus(HOUR))).await;
}

async fn set_up(ground: &Ground, token_hash: [u8; 32], account: NewAccount) -> SetUpDone {
    ground.run(SetUp { token_hash, attempt: Uuid::now_v7(), account }).await
}

async fn a_token_makes_the_first_administrator_once(ground: &Ground) {
    issue(ground, TOKEN).await;
    let ada = account("ada@example.org");
    assert_eq!(set_up(ground, TOKEN, ada.clone()).await, SetUpDone::Yes);
    assert_eq!(ground.run(FindGrants { user_id: ada.id }).await.roles, [ADMIN.name]);
    assert_eq!(set_up(ground, TOKEN, ada).await, SetUpDone::TokenSpent, "the same account, but another attempt");
    assert_eq!(set_up(ground, TOKEN, account("eve@example.org")).await, SetUpDone::TokenSpent);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM users")).await, 1);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM one_time_tokens WHERE spent_at IS NOT NULL")).await, 1);
}

async fn an_attempt_that_runs_again_wins_again(ground: &Ground) {
    issue(ground, TOKEN).await;
    let (account, attempt) = (account("ada@example.org"), Uuid::now_v7());
    for _ in 0..3 {
        let again = SetUp { token_hash: TOKEN, attempt, account: account.clone() };
        assert_eq!(ground.run(again).await, SetUpDone::Yes);
    }
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM users")).await, 1);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM user_roles")).await, 1);
}

async fn a_token_that_is_unknown_expired_or_withdrawn_makes_nobody(ground: &Ground) {
    assert_eq!(set_up(ground, TOKEN, account("ada@example.org")).await, SetUpDone::TokenSpent);
    issue(ground, TOKEN).await;
    issue(ground, [8; 32]).await;
    assert_eq!(set_up(ground, TOKEN, account("ada@example.org")).await, SetUpDone::TokenSpent, "withdrawn");
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM one_time_tokens")).await, 1);
    ground.clock.advance(HOUR);
    assert_eq!(set_up(ground, [8; 32], account("ada@example.org")).await, SetUpDone::TokenSpent, "its end is its end");
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM users")).await, 0);
    assert!(!ground.run(HasAdministrator).await);
}

async fn a_name_that_is_taken_leaves_the_token_good(ground: &Ground) {
    ground.user("ada").await;
    issue(ground, TOKEN).await;
    assert_eq!(set_up(ground, TOKEN, account("Ada@example.org")).await, SetUpDone::EmailTaken);
    let username = Some(Username::parse("root").unwrap());
    let held = NewAccount { username: username.clone(), ..account("root@example.org") };
    ground.run(keystead::store::users::CreateUser { account: held, role: USER.name }).await;
    let wanted = NewAccount { username, ..account("grace@example.org") };
    assert_eq!(set_up(ground, TOKEN, wanted).await, SetUpDone::UsernameTaken);
    assert_eq!(set_up(ground, TOKEN, account("grace@example.org")).await, SetUpDone::Yes);
}

async fn nobody_sets_up_what_has_an_administrator(ground: &Ground) {
    ground.administrator("ada").await;
    issue(ground, TOKEN).await;
    assert_eq!(set_up(ground, TOKEN, account("eve@example.org")).await, SetUpDone::TokenSpent);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM users")).await, 1);
}

async fn a_promotion_is_told_once_and_makes_claims_stale(ground: &Ground) {
    let ada = ground.user("ada").await;
    let promote = || Promote { user_id: ada, access_ttl: ACCESS_TTL };
    assert!(ground.run(promote()).await);
    assert!(!ground.run(promote()).await);
    assert_eq!(ground.run(FindUser { id: ada }).await.unwrap().standing().claims_version, 1);
    assert_eq!(ground.run(FindGrants { user_id: ada }).await.roles, ["admin", "user"]);
    let log = ground.run(RevocationsAfter { at: Timestamp::default(), id: Uuid::nil(), limit: 10 }).await;
    assert_eq!(log.len(), 1);
    assert_eq!(log[0].what, What::Claims { user_id: ada, version: 1 });
    assert!(log[0].at == START && log[0].expires_at > START.plus(ACCESS_TTL));
    let nobody = ground.try_run(Promote { user_id: Uuid::now_v7(), access_ttl: ACCESS_TTL }).await;
    assert!(matches!(nobody, Err(StoreError::Refused(_))), "{nobody:?}");
}
