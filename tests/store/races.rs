//! Races: one winner, on each database, from one node and from two; and the control that shows there is a race at all.
//!
//! Ten rounds in a usual run. `RACE_ROUNDS=200` is what security.md asks for before a release.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use keystead::domain::clock::Deadline;
use keystead::domain::email::Email;
use keystead::domain::role::USER;
use keystead::sql;
use keystead::store::Store;
use keystead::store::addresses::{AddressChanged, ChangeAddress};
use keystead::store::administrators::{SetUp, SetUpDone};
use keystead::store::conn::Conn;
use keystead::store::error::StoreError;
use keystead::store::invitations::Invite;
use keystead::store::leases::TakeLease;
use keystead::store::one_time_tokens::{FindToken, IssueToken, Kind, NewToken};
use keystead::store::query::{Access, Query};
use keystead::store::refresh_tokens::Rotate;
use keystead::store::registrations::{FinishRegistration, Register, Registered, Spend};
use keystead::store::resets::{PasswordReset, ResetPassword};
use keystead::store::roles::HasAdministrator;
use keystead::store::users::{CreateUser, Created, FindUser};
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::ground::{Change, Ground, HOUR, START, UNIT_PATIENCE, account, set_up_token};
use crate::mailed_tokens::{letter, token};
use crate::resets;

on_each_database! {
    one_rotation_of_a_generation_wins,
    one_redemption_of_a_token_wins,
    one_reset_by_a_token_wins,
    one_account_is_born_of_several_registrations,
    one_account_is_made_with_an_invitation,
    one_account_gets_an_address_that_two_want,
    one_node_takes_a_lease,
    one_account_gets_an_address,
    to_read_and_then_to_write_lets_several_win,
    to_look_at_a_token_and_then_to_spend_it_lets_several_win,
}

pub const TASKS: usize = 64;
const TTL: std::time::Duration = std::time::Duration::from_secs(30);

pub fn rounds() -> usize {
    usize::try_from(crate::rounds::rounds("RACE_ROUNDS", 10)).unwrap()
}

/// One node, and on a server two. SQLite has one writer a process, and one process a file.
pub async fn nodes(ground: &Ground) -> Vec<Store> {
    if ground.is_sqlite() {
        return vec![ground.store.clone()];
    }
    let nodes = vec![ground.store.clone(), ground.second_node().await];
    // With their connections open: dialling takes longer than any of these races.
    for node in &nodes {
        let asked = (0..TASKS).map(|_| node.run(HasAdministrator, Deadline::within(UNIT_PATIENCE)));
        join_all(asked).await;
    }
    nodes
}

/// Runs as many units as there are tasks, on all nodes, at the same moment.
pub async fn all_at_once<Q: Query>(nodes: &[Store], make: impl Fn() -> Q) -> Vec<Q::Output> {
    let start = Arc::new(Barrier::new(TASKS));
    let mut tasks = JoinSet::new();
    for node in nodes.iter().cycle().take(TASKS) {
        let (node, start, query) = (node.clone(), Arc::clone(&start), make());
        tasks.spawn(async move {
            start.wait().await;
            node.run(query, Deadline::within(UNIT_PATIENCE)).await
        });
    }
    let outcomes: Result<Vec<_>, StoreError> = tasks.join_all().await.into_iter().collect();
    outcomes.expect("who loses a race is told so, and is not met by an error")
}

fn winners<T>(outcomes: &[T], has_won: impl Fn(&T) -> bool) -> usize {
    outcomes.iter().filter(|outcome| has_won(outcome)).count()
}

async fn one_rotation_of_a_generation_wins(ground: &Ground) {
    let nodes = nodes(ground).await;
    let session = ground.session(ground.user("ada").await).await;
    for from in (0..).take(rounds()) {
        let family_id = session.family_id;
        let idle_expires_at = session.idle_expires_at;
        let rotate = || Rotate { family_id, from, attempt: Uuid::now_v7(), idle_expires_at };
        let outcomes = all_at_once(&nodes, rotate).await;
        assert_eq!(winners(&outcomes, |won| *won), 1, "generation {from}");
        assert_eq!(ground.family(&session).await.family().generation, from + 1);
    }
}

async fn one_redemption_of_a_token_wins(ground: &Ground) {
    let nodes = nodes(ground).await;
    for round in 0..rounds() {
        let token_hash = [u8::try_from(round % 256).unwrap(); 32];
        let expires_at = ground.clock.now().plus(HOUR);
        ground.run(set_up_token(token_hash, expires_at)).await;
        let redeem =
            || SetUp { token_hash, attempt: Uuid::now_v7(), account: account(&format!("{}@a.org", Uuid::now_v7())) };
        let outcomes = all_at_once(&nodes, redeem).await;
        assert_eq!(winners(&outcomes, |done| *done == SetUpDone::Yes), 1, "round {round}");
        assert_eq!(winners(&outcomes, |done| *done == SetUpDone::TokenSpent), TASKS - 1);
        assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM user_roles")).await, 1);
        // As if nobody had been made, for the next round.
        ground.run(Change(sql!("DELETE FROM user_roles WHERE user_id <> ?"), Uuid::nil())).await;
    }
}

async fn one_reset_by_a_token_wins(ground: &Ground) {
    let nodes = nodes(ground).await;
    for round in 0..rounds() {
        let ada = ground.user(&format!("ada{round}")).await;
        ground.run(Change(sql!("DELETE FROM one_time_tokens WHERE user_id <> ?"), ada)).await;
        resets::issue(ground, ada).await;
        let email_key = format!("ada{round}@example.org");
        let reset = || ResetPassword { email_key: email_key.clone(), ..resets::reset(ada, "new") };
        let outcomes = all_at_once(&nodes, reset).await;
        assert_eq!(winners(&outcomes, |done| matches!(done, PasswordReset::Yes(_))), 1, "round {round}");
        assert_eq!(winners(&outcomes, |done| *done == PasswordReset::TokenSpent), TASKS - 1);
        assert_eq!(ground.run(FindUser { id: ada }).await.unwrap().standing().auth_epoch, 1);
    }
}

/// Two tokens of one address, so that both the token and the address are fought for.
async fn one_account_is_born_of_several_registrations(ground: &Ground) {
    let nodes = nodes(ground).await;
    for round in 0..rounds() {
        let (pending_id, next) = (Uuid::now_v7(), AtomicUsize::new(0));
        ground.run(Change(sql!("DELETE FROM one_time_tokens WHERE user_id <> ?"), pending_id)).await;
        for byte in 0..2 {
            let token = token(ground, Kind::Register, pending_id, [byte; 32]);
            ground.run(IssueToken { token, withdraws_earlier: false }).await;
        }
        let email = format!("ada{round}@example.org");
        let finish = || {
            let byte = u8::try_from(next.fetch_add(1, Ordering::Relaxed) % 2).unwrap();
            let token = Spend { token_hash: [byte; 32], attempt: Uuid::now_v7() };
            FinishRegistration { token, account: account(&email) }
        };
        let outcomes = all_at_once(&nodes, finish).await;
        assert_eq!(winners(&outcomes, |done| *done == Registered::Yes), 1, "round {round}");
        let late = |done: &Registered| matches!(done, Registered::TokenSpent | Registered::EmailTaken);
        assert_eq!(winners(&outcomes, late), TASKS - 1, "{outcomes:?}");
    }
}

async fn one_account_is_made_with_an_invitation(ground: &Ground) {
    let nodes = nodes(ground).await;
    for round in 0..rounds() {
        let token_hash = [u8::try_from(round % 256).unwrap(); 32];
        let token = NewToken { user_id: None, ..token(ground, Kind::Invitation, Uuid::nil(), token_hash) };
        ground.run(Invite { token, letter: None }).await;
        let register = || Register {
            account: account(&format!("{}@a.org", Uuid::now_v7())),
            invitation: Some(Spend { token_hash, attempt: Uuid::now_v7() }),
            verification: None,
        };
        let outcomes = all_at_once(&nodes, register).await;
        assert_eq!(winners(&outcomes, |done| *done == Registered::Yes), 1, "round {round}");
        assert_eq!(winners(&outcomes, |done| *done == Registered::TokenSpent), TASKS - 1);
    }
    let users = i64::try_from(rounds()).unwrap();
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM users")).await, users, "and nobody besides");
}

/// Each has a good token, and half of all attempts is for either.
async fn one_account_gets_an_address_that_two_want(ground: &Ground) {
    let nodes = nodes(ground).await;
    for round in 0..rounds() {
        let names = [format!("ada{round}"), format!("bob{round}")];
        let ids = [ground.user(&names[0]).await, ground.user(&names[1]).await];
        ground.run(Change(sql!("DELETE FROM one_time_tokens WHERE id <> ?"), Uuid::nil())).await;
        let hash = |who: usize| [u8::try_from(who).unwrap(); 32];
        for (who, id) in ids.into_iter().enumerate() {
            let token = token(ground, Kind::ChangeEmail, id, hash(who));
            ground.run(IssueToken { token, withdraws_earlier: false }).await;
        }
        let next = AtomicUsize::new(0);
        let change = || {
            let who = next.fetch_add(1, Ordering::Relaxed) % 2;
            ChangeAddress {
                token: Spend { token_hash: hash(who), attempt: Uuid::now_v7() },
                user_id: ids[who],
                auth_epoch: 0,
                old_key: Some(format!("{}@example.org", names[who])),
                new: Email::parse(&format!("both{round}@example.org")).unwrap(),
                letter: Some(letter("email_changed")),
            }
        };
        let outcomes = all_at_once(&nodes, change).await;
        assert_eq!(winners(&outcomes, |done| *done == AddressChanged::Yes), 1, "round {round}");
        assert_eq!(winners(&outcomes, |done| *done == AddressChanged::EmailTaken), TASKS / 2, "{outcomes:?}");
    }
    let letters = i64::try_from(rounds()).unwrap();
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM outbox")).await, letters);
}

async fn one_node_takes_a_lease(ground: &Ground) {
    let nodes = nodes(ground).await;
    for fence in (1..).take(rounds()) {
        let outcomes = all_at_once(&nodes, || TakeLease { name: "sweeping", holder: Uuid::now_v7(), ttl: TTL }).await;
        let held: Vec<_> = outcomes.into_iter().flatten().collect();
        assert_eq!(held.iter().map(|lease| lease.fence).collect::<Vec<_>>(), [fence]);
        ground.clock.advance(TTL);
    }
}

async fn one_account_gets_an_address(ground: &Ground) {
    let nodes = nodes(ground).await;
    for round in 0..rounds() {
        let email = format!("ada{round}@example.org");
        let outcomes = all_at_once(&nodes, || CreateUser { account: account(&email), role: USER.name }).await;
        assert_eq!(winners(&outcomes, |created| *created == Created::Yes), 1, "round {round}");
        assert_eq!(winners(&outcomes, |created| *created == Created::EmailTaken), TASKS - 1);
    }
    let users = i64::try_from(rounds()).unwrap();
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM users")).await, users);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM user_roles")).await, users);
}

/// Broken on purpose: reads the generation, and if it is the right one, writes the next without asking again.
struct ReadThenWrite {
    family_id: Uuid,
    from: i64,
}

#[derive(sqlx::FromRow)]
struct Generation {
    generation: i64,
}

/// The first half of it, as a unit of its own.
struct Read {
    family_id: Uuid,
}

impl Query for Read {
    const ACCESS: Access = Access::Read;
    type Output = i64;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<i64> {
        let sql = sql!("SELECT generation FROM refresh_tokens WHERE id = ?");
        let found: Generation = conn.query(sql).bind(self.family_id).one().await?;
        Ok(found.generation)
    }
}

impl Query for ReadThenWrite {
    type Output = bool;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<bool> {
        let is_mine = Read { family_id: self.family_id }.run(conn).await? == self.from;
        tokio::task::yield_now().await;
        if is_mine {
            let sql = sql!("UPDATE refresh_tokens SET generation = ? WHERE id = ?");
            conn.query(sql).bind(self.from + 1).bind(self.family_id).execute().await?;
        }
        Ok(is_mine)
    }
}

/// The control of this whole file. On a server the transaction around the two statements saves nobody. SQLite's single
/// writer would, so there the two halves are two units, as they would be in a flow that reads first.
async fn to_read_and_then_to_write_lets_several_win(ground: &Ground) {
    let nodes = nodes(ground).await;
    let session = ground.session(ground.user("ada").await).await;
    let family_id = session.family_id;
    let mut most = 0;
    for from in (0..).take(rounds()) {
        let won = if ground.is_sqlite() {
            let read = all_at_once(&nodes, || Read { family_id }).await;
            let next = sql!("UPDATE refresh_tokens SET generation = generation + 1 WHERE id = ?");
            ground.run(Change(next, family_id)).await;
            winners(&read, |generation| *generation == from)
        } else {
            winners(&all_at_once(&nodes, || ReadThenWrite { family_id, from }).await, |won| *won)
        };
        most = most.max(won);
    }
    assert!(most > 1, "nobody met: these races are none");
}

/// Broken on purpose: looks whether a token is good, and spends it without asking again.
struct LookThenSpend {
    token_hash: [u8; 32],
}

impl Query for LookThenSpend {
    type Output = bool;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<bool> {
        let look = FindToken { kind: Kind::ResetPassword, token_hash: self.token_hash };
        let is_good = look.run(conn).await?.is_some();
        tokio::task::yield_now().await;
        if is_good {
            let sql = sql!("UPDATE one_time_tokens SET spent_at = ?, spent_by = ? WHERE token_hash = ?");
            let spend = conn.query(sql).bind(START).bind(Uuid::now_v7());
            spend.bind(self.token_hash.to_vec()).execute().await?;
        }
        Ok(is_good)
    }
}

/// The control of the races for tokens, made as the one above.
async fn to_look_at_a_token_and_then_to_spend_it_lets_several_win(ground: &Ground) {
    let nodes = nodes(ground).await;
    let mut most = 0;
    for _ in 0..rounds() {
        ground.run(Change(sql!("DELETE FROM one_time_tokens WHERE id <> ?"), Uuid::nil())).await;
        resets::issue(ground, Uuid::now_v7()).await;
        let won = if ground.is_sqlite() {
            let look = || FindToken { kind: Kind::ResetPassword, token_hash: resets::TOKEN };
            winners(&all_at_once(&nodes, look).await, Option::is_some)
        } else {
            winners(&all_at_once(&nodes, || LookThenSpend { token_hash: resets::TOKEN }).await, |won| *won)
        };
        most = most.max(won);
    }
    assert!(most > 1, "nobody met: these races are none");
}
