//! A COMMIT that the server performed and whose answer is lost: the unit runs again, and must find its own work.

use keystead::domain::clock::Deadline;
use keystead::domain::email::Email;
use keystead::domain::refresh_token::Verdict;
use keystead::domain::role::USER;
use keystead::domain::session::EndReason;
use keystead::sql;
use keystead::store::Store;
use keystead::store::account_deletion::{AccountDeleted, DeleteAccount};
use keystead::store::addresses::{AddressChanged, ChangeAddress};
use keystead::store::administrators::{Promote, SetUp, SetUpDone};
use keystead::store::conn::Conn;
use keystead::store::error::StoreError;
use keystead::store::keys::{AddMacKey, MacKeyRow};
use keystead::store::one_time_tokens::{IssueToken, Kind};
use keystead::store::passwords::{ChangeCompleted, PasswordSet, SetPassword};
use keystead::store::query::Query;
use keystead::store::refresh_tokens::Rotate;
use keystead::store::registrations::{FinishRegistration, Registered, Spend};
use keystead::store::resets::PasswordReset;
use keystead::store::sessions::{EndSession, EndUserSessions, OpenSession, Opened};
use keystead::store::users::{CreateUser, Created, FindUser};
use uuid::Uuid;

use crate::ground::{ACCESS_TTL, Ground, HOUR, START, UNIT_PATIENCE, account, set_up_token};
use crate::mailed_tokens::{letter, token};
use crate::passwords;
use crate::proxy::{Proxy, Trick};
use crate::resets;

on_each_server! {
    an_account_is_made_once,
    a_session_begins_once,
    a_token_is_spent_by_its_own_attempt,
    a_password_is_reset_once,
    a_registration_is_finished_once,
    an_address_is_changed_once,
    sessions_end_once,
    a_promotion_is_told_as_one,
    an_account_is_deleted_once,
    a_password_is_set_once,
    a_rotation_knows_its_own_work,
    a_key_is_added_once,
    answers_may_be_lost_more_than_once,
    a_row_count_alone_gives_the_wrong_verdict,
}

/// A node whose connections go through a proxy, beside the ground's own, whose do not.
pub struct Detour {
    proxy: Proxy,
    store: Store,
}

impl Detour {
    pub async fn of(ground: &Ground) -> Self {
        let proxy = Proxy::before(&ground.database.settings).await.unwrap();
        let settings = proxy.settings(&ground.database.settings);
        Self { proxy, store: Store::open(&settings, ground.clock.clone()).await.unwrap() }
    }

    /// Runs the unit, and loses the answer to the first statement that begins with `statement`.
    pub async fn lose<Q: Query>(&self, statement: &'static str, query: Q) -> Result<Q::Output, StoreError> {
        let before = self.proxy.sprung();
        self.proxy.set_trap(statement, Trick::LoseTheAnswer, 1);
        let outcome = self.store.run(query, Deadline::within(UNIT_PATIENCE)).await;
        assert_eq!(self.proxy.sprung(), before + 1, "the trap was sprung: {:?}", outcome.as_ref().err());
        outcome
    }
}

async fn an_account_is_made_once(ground: &Ground) {
    let detour = Detour::of(ground).await;
    let create = CreateUser { account: account("ada@example.org"), role: USER.name };
    assert_eq!(detour.lose("COMMIT", create).await.unwrap(), Created::Yes);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM users")).await, 1);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM user_roles")).await, 1);
}

async fn a_session_begins_once(ground: &Ground) {
    let detour = Detour::of(ground).await;
    let new = ground.new_session(ground.user("ada").await);
    assert_eq!(detour.lose("COMMIT", OpenSession(new.clone())).await.unwrap(), Opened::Yes(Vec::new()));
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM sessions")).await, 1);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM refresh_tokens")).await, 1);
    assert_eq!(ground.verdict(&new, 0, Uuid::nil()).await, Verdict::Head);
}

async fn a_token_is_spent_by_its_own_attempt(ground: &Ground) {
    let detour = Detour::of(ground).await;
    let (token_hash, expires_at) = ([7; 32], START.plus(HOUR));
    let issue = set_up_token(token_hash, expires_at);
    detour.lose("COMMIT", issue).await.unwrap();
    let set_up = SetUp { token_hash, attempt: Uuid::now_v7(), account: account("ada@example.org") };
    assert_eq!(detour.lose("COMMIT", set_up).await.unwrap(), SetUpDone::Yes);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM users")).await, 1);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM one_time_tokens")).await, 1);
}

async fn a_password_is_reset_once(ground: &Ground) {
    let detour = Detour::of(ground).await;
    let ada = ground.user("ada").await;
    let session = ground.session(ada).await;
    resets::issue(ground, ada).await;
    let done = detour.lose("COMMIT", resets::reset(ada, "new")).await.unwrap();
    assert!(matches!(done, PasswordReset::Yes(Some(_))), "{done:?}");
    assert_eq!(resets::password(ground, ada).await.as_deref(), Some("new"));
    assert_eq!(ground.run(FindUser { id: ada }).await.unwrap().standing().auth_epoch, 1);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM revocations")).await, 1);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM outbox")).await, 1);
    assert_eq!(ground.verdict(&session, 0, Uuid::nil()).await, Verdict::SessionRevoked);
    assert_eq!(ground.run(resets::reset(ada, "newer")).await, PasswordReset::TokenSpent);
}

async fn a_registration_is_finished_once(ground: &Ground) {
    let detour = Detour::of(ground).await;
    let (pending_id, token_hash) = (Uuid::now_v7(), [7; 32]);
    let token = token(ground, Kind::Register, pending_id, token_hash);
    detour.lose("COMMIT", IssueToken { token, withdraws_earlier: false }).await.unwrap();
    let token = Spend { token_hash, attempt: Uuid::now_v7() };
    let finish = FinishRegistration { token, account: account("ada@example.org") };
    assert_eq!(detour.lose("COMMIT", finish).await.unwrap(), Registered::Yes);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM users")).await, 1);
}

async fn an_address_is_changed_once(ground: &Ground) {
    let detour = Detour::of(ground).await;
    let (ada, token_hash) = (ground.user("ada").await, [7; 32]);
    let token = token(ground, Kind::ChangeEmail, ada, token_hash);
    ground.run(IssueToken { token, withdraws_earlier: false }).await;
    let change = ChangeAddress {
        token: Spend { token_hash, attempt: Uuid::now_v7() },
        user_id: ada,
        auth_epoch: 0,
        old_key: Some("ada@example.org".to_owned()),
        new: Email::parse("new@example.org").unwrap(),
        letter: Some(letter("email_changed")),
    };
    assert_eq!(detour.lose("COMMIT", change).await.unwrap(), AddressChanged::Yes);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM outbox")).await, 1);
}

async fn sessions_end_once(ground: &Ground) {
    let detour = Detour::of(ground).await;
    let ada = ground.user("ada").await;
    let (one, kept) = (ground.session(ada).await, ground.session(ada).await);
    let reason = EndReason::SignedOut;
    let end = EndSession { session_id: one.id, user_id: ada, reason, access_ttl: ACCESS_TTL };
    detour.lose("COMMIT", end).await.unwrap();
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM revocations")).await, 1);
    let end = EndUserSessions { user_id: ada, except: Some(kept.id), reason, access_ttl: ACCESS_TTL };
    let told = detour.lose("COMMIT", end).await.unwrap();
    assert!(told.is_some_and(|row| row.at == START));
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM revocations")).await, 2);
    assert_eq!(ground.run(FindUser { id: ada }).await.unwrap().standing().auth_epoch, 1);
    assert_eq!(ground.verdict(&one, 0, Uuid::nil()).await, Verdict::SessionRevoked);
    assert_eq!(ground.verdict(&kept, 0, Uuid::nil()).await, Verdict::Head);
}

async fn an_account_is_deleted_once(ground: &Ground) {
    let detour = Detour::of(ground).await;
    let ada = ground.user("ada").await;
    ground.session(ada).await;
    let deleted = detour.lose("COMMIT", DeleteAccount { user_id: ada, access_ttl: ACCESS_TTL }).await.unwrap();
    assert!(matches!(deleted, AccountDeleted::Yes(_)), "not told that there was nobody: {deleted:?}");
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM revocations")).await, 1);
}

async fn a_password_is_set_once(ground: &Ground) {
    let detour = Detour::of(ground).await;
    let user_id = passwords::user(ground).await;
    let token_hash = passwords::challenge(ground, user_id, Kind::PasswordChange).await;
    let set = SetPassword { history: 3, ..passwords::replace(user_id, "new") };
    let answer = passwords::complete(token_hash, set, ground.new_session(user_id));
    let completed = detour.lose("COMMIT", answer).await.unwrap();
    assert!(matches!(&completed, ChangeCompleted::Yes(ended) if ended.len() == 1), "{completed:?}");
    assert_eq!(ground.run(FindUser { id: user_id }).await.unwrap().standing().auth_epoch, 1);

    let old = Some("new".to_owned());
    let set = SetPassword { auth_epoch: 1, old, history: 3, ..passwords::replace(user_id, "newer") };
    let changed = detour.lose("COMMIT", passwords::change(set, Some(Uuid::nil()))).await.unwrap();
    assert!(matches!(changed, PasswordSet::Yes(Some(_))), "{changed:?}");
    assert_eq!(ground.run(FindUser { id: user_id }).await.unwrap().standing().auth_epoch, 2);
    for (table, rows) in [
        (sql!("SELECT COUNT(*) AS n FROM sessions"), 1),
        (sql!("SELECT COUNT(*) AS n FROM revocations"), 2),
        (sql!("SELECT COUNT(*) AS n FROM password_history"), 2),
    ] {
        assert_eq!(ground.count(table).await, rows);
    }
}

async fn a_promotion_is_told_as_one(ground: &Ground) {
    let detour = Detour::of(ground).await;
    let ada = ground.user("ada").await;
    assert!(detour.lose("COMMIT", Promote { user_id: ada, access_ttl: ACCESS_TTL }).await.unwrap());
    assert_eq!(ground.run(FindUser { id: ada }).await.unwrap().standing().claims_version, 1);
}

/// A single statement has no COMMIT: the answer to it is lost.
async fn a_rotation_knows_its_own_work(ground: &Ground) {
    let detour = Detour::of(ground).await;
    let session = ground.session(ground.user("ada").await).await;
    let attempt = Uuid::now_v7();
    let family_id = session.family_id;
    let rotate = Rotate { family_id, from: 0, attempt, idle_expires_at: session.idle_expires_at };
    let won = detour.lose("UPDATE refresh_tokens", rotate).await.unwrap();
    assert!(!won, "the second run found the generation moved");
    assert_eq!(ground.verdict(&session, 0, attempt).await, Verdict::MyOwn, "and by whom");
    assert_eq!(ground.family(&session).await.family().generation, 1);
}

async fn a_key_is_added_once(ground: &Ground) {
    let detour = Detour::of(ground).await;
    let row = MacKeyRow { id: Uuid::now_v7(), sealed_key: vec![1; 72], created_at: START, retired_at: None };
    detour.lose("INSERT INTO mac_keys", AddMacKey(row)).await.unwrap();
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM mac_keys")).await, 1);
}

async fn answers_may_be_lost_more_than_once(ground: &Ground) {
    let detour = Detour::of(ground).await;
    let create = |name| CreateUser { account: account(name), role: USER.name };
    let run = async |query| detour.store.run(query, Deadline::within(UNIT_PATIENCE)).await;
    detour.proxy.set_trap("COMMIT", Trick::LoseTheAnswer, 4);
    assert_eq!(run(create("ada@example.org")).await.unwrap(), Created::Yes, "the fifth run is heard");
    assert_eq!(detour.proxy.sprung(), 4);
    detour.proxy.set_trap("COMMIT", Trick::LoseTheAnswer, 5);
    let unheard = run(create("bob@example.org")).await;
    assert!(matches!(unheard, Err(StoreError::Unreachable(_))), "{unheard:?}");
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM users")).await, 2);
}

/// Broken on purpose: it has no id by which it could recognise its own work.
struct CountsRows {
    family_id: Uuid,
}

impl Query for CountsRows {
    type Output = bool;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<bool> {
        let sql = sql!("UPDATE refresh_tokens SET generation = 1 WHERE id = ? AND generation = 0");
        Ok(conn.query(sql).bind(self.family_id).execute().await? == 1)
    }
}

/// The control: the unit has won, and is told that it has lost; its token would be taken for a stolen one.
async fn a_row_count_alone_gives_the_wrong_verdict(ground: &Ground) {
    let detour = Detour::of(ground).await;
    let session = ground.session(ground.user("ada").await).await;
    let won = detour.lose("COMMIT", CountsRows { family_id: session.family_id }).await.unwrap();
    assert!(!won);
    let family = ground.family(&session).await.family();
    assert_eq!((family.generation, family.rotated_by), (1, None), "nobody else was there");
    assert_eq!(ground.verdict(&session, 0, Uuid::now_v7()).await, Verdict::Reused);
}
