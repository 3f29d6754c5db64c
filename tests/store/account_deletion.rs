//! What a person takes along, and that nothing of a person stays.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use keystead::domain::revocation::What;
use keystead::domain::role::{ADMIN, USER};
use keystead::domain::session::NewSession;
use keystead::sql;
use keystead::store::account_deletion::{AccountDeleted, DeleteAccount};
use keystead::store::conn::Conn;
use keystead::store::entries::{Enter, Entry};
use keystead::store::one_time_tokens::{IssueToken, Kind, NewToken};
use keystead::store::outbox::NewMail;
use keystead::store::personal_data::FindPersonalData;
use keystead::store::query::Query;
use keystead::store::sessions::{FindSessionState, OpenSession, Opened};
use keystead::store::users::{CreateUser, Created};
use uuid::Uuid;

use crate::ground::{ACCESS_TTL, Change, Ground, HOUR, LOCK, account};
use crate::races::{all_at_once, nodes, rounds};

on_each_database! {
    nothing_of_a_person_stays,
    what_is_held_is_told_without_secrets,
    the_last_administrator_stays,
    one_of_two_administrators_stays_in_a_race,
    many_sessions_go_with_their_owner,
}

on_each_server! {
    what_comes_late_goes_too,
    to_count_without_the_guard_leaves_nobody,
}

/// In every table that names a user, something of this one.
async fn leave_traces(ground: &Ground, user_id: Uuid, email: &str) -> NewSession {
    let session = ground.new_session(user_id);
    let mail =
        NewMail { id: Uuid::now_v7(), kind: "new_device", recipient: email.to_owned(), payload: b"sealed".to_vec() };
    let entry = Entry::Session { session: session.clone(), letter: Some(mail) };
    assert_eq!(ground.run(Enter(entry)).await, Opened::Yes(Vec::new()));
    for kind in [Kind::ResetPassword, Kind::MfaChallenge] {
        let mut token_hash = [0; 32];
        token_hash[..16].copy_from_slice(Uuid::now_v7().as_bytes());
        let (id, expires_at) = (Uuid::now_v7(), ground.clock.now().plus(HOUR));
        let token = NewToken { id, kind, token_hash, user_id: Some(user_id), payload: None, expires_at };
        ground.run(IssueToken { token, withdraws_earlier: false }).await;
    }
    ground.run(Insert(RECOVERY_CODE, user_id)).await;
    ground.run(Insert(EARLIER_PASSWORD, user_id)).await;
    ground.run(Insert(IDENTITY, user_id)).await;
    session
}

const RECOVERY_CODE: keystead::store::sql::Sql = sql!(
    "INSERT INTO recovery_codes (id, user_id, code_hash) SELECT ?, id, id FROM users WHERE id = ?",
    postgres =
        "INSERT INTO recovery_codes (id, user_id, code_hash) SELECT $1, id, uuid_send(id) FROM users WHERE id = $2",
);
const EARLIER_PASSWORD: keystead::store::sql::Sql = sql!(
    "INSERT INTO password_history (id, user_id, hashed_password, created_at) SELECT ?, id, 'a hash', 1 FROM users WHERE id = ?"
);

const IDENTITY: keystead::store::sql::Sql = sql!(
    "INSERT INTO identities (id, user_id, provider, issuer, subject, linked_at) \
     SELECT ?, id, 'acme', 'https://acme.test', email_key, 1 FROM users WHERE id = ?"
);

/// A row of a new id that hangs on a user.
struct Insert(keystead::store::sql::Sql, Uuid);

impl Query for Insert {
    type Output = u64;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<u64> {
        let id = Uuid::now_v7();
        conn.query(self.0).bind(id).bind(self.1).execute().await
    }
}

fn delete(user_id: Uuid) -> DeleteAccount {
    DeleteAccount { user_id, access_ttl: ACCESS_TTL }
}

async fn rows(ground: &Ground) -> [i64; 9] {
    let mut counts = [0; 9];
    for (place, sql) in counts.iter_mut().zip([
        sql!("SELECT COUNT(*) AS n FROM users"),
        sql!("SELECT COUNT(*) AS n FROM sessions"),
        sql!("SELECT COUNT(*) AS n FROM refresh_tokens"),
        sql!("SELECT COUNT(*) AS n FROM one_time_tokens"),
        sql!("SELECT COUNT(*) AS n FROM recovery_codes"),
        sql!("SELECT COUNT(*) AS n FROM password_history"),
        sql!("SELECT COUNT(*) AS n FROM user_roles"),
        sql!("SELECT COUNT(*) AS n FROM outbox"),
        sql!("SELECT COUNT(*) AS n FROM identities"),
    ]) {
        *place = ground.count(sql).await;
    }
    counts
}

async fn nothing_of_a_person_stays(ground: &Ground) {
    let (ada, bob) = (ground.user("ada").await, ground.user("bob").await);
    let session = leave_traces(ground, ada, "ada@example.org").await;
    let bobs = leave_traces(ground, bob, "bob@example.org").await;
    assert_eq!(rows(ground).await, [2, 2, 2, 4, 2, 2, 2, 2, 2]);
    let AccountDeleted::Yes(told) = ground.run(delete(ada)).await else { panic!("not deleted") };
    assert_eq!(told.what, What::User { user_id: ada, epoch: 1, except: None });
    assert_eq!((told.at, told.reason.as_str()), (ground.clock.now(), "account_deleted"));
    assert_eq!(rows(ground).await, [1, 1, 1, 2, 1, 1, 1, 1, 1], "what is bob's stays");
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM revocations")).await, 1);
    assert!(ground.run(FindSessionState { session_id: session.id }).await.is_none());
    assert!(ground.run(FindSessionState { session_id: bobs.id }).await.is_some());
    assert_eq!(ground.run(OpenSession(ground.new_session(ada))).await, Opened::Refused);
    assert_eq!(ground.run(delete(ada)).await, AccountDeleted::NoSuchUser);
    ground.user("ada").await;
}

async fn what_is_held_is_told_without_secrets(ground: &Ground) {
    let (ada, bob) = (ground.user("ada").await, ground.user("bob").await);
    leave_traces(ground, bob, "bob@example.org").await;
    let session = leave_traces(ground, ada, "ada@example.org").await;
    let data = ground.run(FindPersonalData { user_id: ada }).await.unwrap();
    assert_eq!(data.account.email.as_deref(), Some("ada@example.org"));
    assert_eq!((data.password.is_set, data.password.kept_earlier), (false, 1));
    assert!(!data.second_factor.has_secret && !data.locked);
    assert_eq!(data.second_factor.recovery_codes_left, 1);
    assert_eq!(data.roles.iter().map(|role| role.name.as_str()).collect::<Vec<_>>(), [USER.name]);
    assert_eq!(data.sessions.iter().map(|told| (told.id, told.lives)).collect::<Vec<_>>(), [(session.id, true)]);
    let identities: Vec<_> =
        data.identities.iter().map(|told| (told.provider.as_str(), told.subject.as_str())).collect();
    assert_eq!(identities, [("acme", "ada@example.org")]);
    let mut kinds: Vec<_> = data.pending.iter().map(|token| token.kind.as_str()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["mfa_challenge", "reset_password"]);
    let mails: Vec<_> = data.mails.iter().map(|mail| (mail.kind.as_str(), mail.recipient.as_str())).collect();
    assert_eq!(mails, [("new_device", "ada@example.org")]);
    assert!(ground.run(FindPersonalData { user_id: Uuid::now_v7() }).await.is_none());
    // What has ended or expired: the one is told as such, the other is nothing any more.
    ground.clock.advance(HOUR);
    let data = ground.run(FindPersonalData { user_id: ada }).await.unwrap();
    assert!(data.pending.is_empty() && !data.sessions[0].lives);
}

async fn the_last_administrator_stays(ground: &Ground) {
    let (ada, bob) = (ground.administrator("ada").await, ground.administrator("bob").await);
    assert!(matches!(ground.run(delete(bob)).await, AccountDeleted::Yes(_)));
    let before = leave_traces(ground, ada, "ada@example.org").await;
    assert_eq!(ground.run(delete(ada)).await, AccountDeleted::LastAdministrator);
    assert_eq!(ground.run(delete(ground.user("eve").await)).await, deleted_by(ground).await, "nobody's last");
    let state = ground.run(FindSessionState { session_id: before.id }).await.unwrap();
    assert_eq!((state.session_epoch, state.user_epoch), (0, 0), "a refusal changes nothing");
    // One who cannot sign in keeps nobody in office.
    let dan = ground.administrator("dan").await;
    ground.run(Change(LOCK, dan)).await;
    assert_eq!(ground.run(delete(ada)).await, AccountDeleted::LastAdministrator);
    ground.administrator("kim").await;
    assert!(matches!(ground.run(delete(ada)).await, AccountDeleted::Yes(_)));
    assert!(matches!(ground.run(delete(dan)).await, AccountDeleted::Yes(_)));
}

/// The outcome whose row is the newest of the log.
async fn deleted_by(ground: &Ground) -> AccountDeleted {
    use keystead::domain::clock::Timestamp;
    use keystead::store::revocations::RevocationsAfter;
    let all = RevocationsAfter { at: Timestamp::default(), id: Uuid::nil(), limit: 100 };
    AccountDeleted::Yes(ground.run(all).await.pop().unwrap())
}

/// Two administrators each, one call after the other for either of them.
fn by_turns<Q>(pair: [Uuid; 2], make: impl Fn(Uuid) -> Q) -> impl Fn() -> Q {
    let turn = AtomicUsize::new(0);
    move || make(pair[turn.fetch_add(1, Ordering::Relaxed) % 2])
}

async fn one_of_two_administrators_stays_in_a_race(ground: &Ground) {
    let nodes = nodes(ground).await;
    for round in 0..rounds() {
        let pair = [ground.administrator("ada").await, ground.administrator("bob").await];
        let outcomes = all_at_once(&nodes, by_turns(pair, delete)).await;
        let deleted = outcomes.iter().filter(|outcome| matches!(outcome, AccountDeleted::Yes(_))).count();
        let stayed = outcomes.iter().filter(|outcome| **outcome == AccountDeleted::LastAdministrator).count();
        assert_eq!((deleted, stayed), (1, outcomes.len() / 2), "round {round}");
        assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM user_roles")).await, 1, "round {round}");
        // For the next round: another administrator comes, and these go.
        let next = ground.administrator("kim").await;
        for user_id in pair {
            ground.run(delete(user_id)).await;
        }
        ground.run(Change(sql!("DELETE FROM user_roles WHERE user_id = ?"), next)).await;
        ground.run(delete(next)).await;
    }
}

/// Broken on purpose: it counts the administrators without having written the row that all who do so share.
struct LeaveWithoutGuard(Uuid);

#[derive(sqlx::FromRow)]
struct Number {
    n: i64,
}

impl Query for LeaveWithoutGuard {
    type Output = bool;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<bool> {
        let others = sql!("SELECT COUNT(*) AS n FROM user_roles WHERE user_id <> ?");
        let others: Number = conn.query(others).bind(self.0).one().await?;
        tokio::task::yield_now().await;
        if others.n > 0 {
            conn.query(sql!("DELETE FROM user_roles WHERE user_id = ?")).bind(self.0).execute().await?;
        }
        Ok(others.n > 0)
    }
}

/// The control of the race above.
async fn to_count_without_the_guard_leaves_nobody(ground: &Ground) {
    let nodes = nodes(ground).await;
    let mut fewest = 1;
    for _ in 0..rounds().max(10) {
        let mut pair = [Uuid::nil(); 2];
        for id in &mut pair {
            let account = account(&format!("{}@example.org", Uuid::now_v7()));
            *id = account.id;
            assert_eq!(ground.run(CreateUser { account, role: ADMIN.name }).await, Created::Yes);
        }
        all_at_once(&nodes, by_turns(pair, LeaveWithoutGuard)).await;
        fewest = fewest.min(ground.count(sql!("SELECT COUNT(*) AS n FROM user_roles")).await);
        ground.run(Change(sql!("DELETE FROM user_roles WHERE user_id <> ?"), Uuid::nil())).await;
    }
    assert_eq!(fewest, 0, "nobody met: the race is none");
}

async fn many_sessions_go_with_their_owner(ground: &Ground) {
    let (ada, bob) = (ground.user("ada").await, ground.user("bob").await);
    ground.session(bob).await;
    for _ in 0..77 {
        ground.session(ada).await;
    }
    assert!(matches!(ground.run(delete(ada)).await, AccountDeleted::Yes(_)));
    assert_eq!(rows(ground).await[..3], [1, 1, 1]);
}

/// Writes a row that hangs on a user, and takes its time to commit.
struct InsertSlowly(Uuid);

impl Query for InsertSlowly {
    type Output = ();

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<()> {
        Insert(RECOVERY_CODE, self.0).run(conn).await?;
        tokio::time::sleep(Duration::from_millis(500)).await;
        Ok(())
    }
}

async fn what_comes_late_goes_too(ground: &Ground) {
    let (ada, other_node) = (ground.user("ada").await, ground.second_node().await);
    let deadline = keystead::domain::clock::Deadline::within(crate::ground::UNIT_PATIENCE);
    let late = tokio::spawn(async move { other_node.run(InsertSlowly(ada), deadline).await });
    tokio::time::sleep(Duration::from_millis(250)).await;
    let deleted = ground.run(delete(ada)).await;
    late.await.unwrap().unwrap();
    assert!(matches!(deleted, AccountDeleted::Yes(_)), "{deleted:?}");
    assert_eq!(rows(ground).await, [0; 9]);
}
