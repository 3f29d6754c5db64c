//! How many sessions somebody may have: the oldest go, in the unit in which the new one begins.

use std::num::NonZeroU32;

use keystead::domain::clock::Timestamp;
use keystead::domain::refresh_token::Verdict;
use keystead::domain::revocation::{Revocation, What};
use keystead::domain::session::{EndReason, NewSession, SessionLimit};
use keystead::sql;
use keystead::store::conn::Conn;
use keystead::store::query::Query;
use keystead::store::revocations::RevocationsAfter;
use keystead::store::sessions::{EndSession, EndUserSessions, FindSessionState, OpenSession, Opened};
use uuid::Uuid;

use crate::ground::{ACCESS_TTL, Ground, HOUR};
use crate::races::{TASKS, all_at_once, nodes, rounds};

on_each_database! {
    the_oldest_go_and_are_told,
    what_does_not_live_takes_no_place,
    many_that_are_too_many_go_step_by_step,
    never_more_than_the_limit_in_a_race,
}

on_each_server! {
    to_count_without_holding_the_user_leaves_too_many,
}

fn limited(ground: &Ground, user_id: Uuid, sessions: u32) -> NewSession {
    let limit = SessionLimit { sessions: NonZeroU32::new(sessions).unwrap(), access_ttl: ACCESS_TTL };
    NewSession { limit: Some(limit), ..ground.new_session(user_id) }
}

/// Begins one, and says which went for it.
async fn open(ground: &Ground, new: &NewSession) -> Vec<Revocation> {
    match ground.run(OpenSession(new.clone())).await {
        Opened::Yes(ended) => ended,
        Opened::Refused => panic!("refused"),
    }
}

fn ids(ended: &[Revocation]) -> Vec<Uuid> {
    let id = |revocation: &Revocation| match revocation.what {
        What::Session { session_id, .. } => session_id,
        _ => panic!("{revocation:?}"),
    };
    ended.iter().map(id).collect()
}

async fn live(ground: &Ground) -> i64 {
    let told = ground.count(sql!("SELECT COUNT(*) AS n FROM refresh_tokens WHERE revoked = FALSE")).await;
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM sessions WHERE revoked_at IS NULL")).await, told);
    told
}

async fn the_oldest_go_and_are_told(ground: &Ground) {
    let (ada, bob) = (ground.user("ada").await, ground.user("bob").await);
    let bobs = ground.session(bob).await;
    let mut begun = Vec::new();
    for _ in 0..3 {
        let new = limited(ground, ada, 3);
        assert!(open(ground, &new).await.is_empty());
        begun.push(new);
        ground.clock.advance(HOUR / 100);
    }
    let fourth = limited(ground, ada, 3);
    let ended = open(ground, &fourth).await;
    assert_eq!(ids(&ended), [begun[0].id]);
    let log = ground.run(RevocationsAfter { at: Timestamp::default(), id: Uuid::nil(), limit: 100 }).await;
    assert_eq!(log, ended, "what the caller is told is what is written");
    assert_eq!((log[0].at, log[0].reason.as_str()), (ground.clock.now(), "session_limit"));
    assert_eq!(log[0].expires_at, Revocation::new(ground.clock.now(), log[0].what, "", ACCESS_TTL).expires_at);
    let state = ground.run(FindSessionState { session_id: begun[0].id }).await.unwrap();
    assert_eq!(state.revoked_at, Some(ground.clock.now()));
    assert_eq!(ground.verdict(&begun[0], 0, Uuid::nil()).await, Verdict::SessionRevoked);
    for session in [&begun[1], &begun[2], &fourth, &bobs] {
        assert_eq!(ground.verdict(session, 0, Uuid::nil()).await, Verdict::Head);
    }
    let alone = limited(ground, ada, 1);
    assert_eq!(ids(&open(ground, &alone).await), [fourth.id, begun[2].id, begun[1].id]);
    assert!(open(ground, &alone).await.is_empty(), "the same unit again ends nothing more");
    assert_eq!(live(ground).await, 2, "this one, and bob's");
}

async fn what_does_not_live_takes_no_place(ground: &Ground) {
    let ada = ground.user("ada").await;
    let (access_ttl, reason) = (ACCESS_TTL, EndReason::SignedOut);
    ground.session(ada).await;
    // Idle for too long, though its absolute end is a day away.
    ground.clock.advance(HOUR);
    let ended = ground.session(ada).await;
    ground.run(EndSession { session_id: ended.id, user_id: ada, reason, access_ttl }).await;
    ground.session(ada).await;
    ground.run(EndUserSessions { user_id: ada, except: None, reason, access_ttl }).await;
    let of_now = || NewSession { auth_epoch: 1, ..limited(ground, ada, 2) };
    assert!(open(ground, &of_now()).await.is_empty());
    assert!(open(ground, &of_now()).await.is_empty(), "two that live, three that do not");
    assert_eq!(open(ground, &of_now()).await.len(), 1);
}

async fn many_that_are_too_many_go_step_by_step(ground: &Ground) {
    let ada = ground.user("ada").await;
    for _ in 0..40 {
        ground.session(ada).await;
        ground.clock.advance(HOUR / 1_000);
    }
    assert_eq!(open(ground, &limited(ground, ada, 2)).await.len(), 32);
    assert_eq!(live(ground).await, 9);
    assert_eq!(open(ground, &limited(ground, ada, 2)).await.len(), 8);
    assert_eq!(live(ground).await, 2);
}

async fn never_more_than_the_limit_in_a_race(ground: &Ground) {
    let nodes = nodes(ground).await;
    for round in 0..rounds() {
        let ada = ground.user(&format!("ada{round}")).await;
        let outcomes = all_at_once(&nodes, || OpenSession(limited(ground, ada, 3))).await;
        let ended: usize = outcomes
            .iter()
            .map(|opened| match opened {
                Opened::Yes(ended) => ended.len(),
                Opened::Refused => panic!("round {round}: refused"),
            })
            .sum();
        assert_eq!(ended, TASKS - 3, "round {round}");
        assert_eq!(live(ground).await, 3 * (i64::try_from(round).unwrap() + 1), "round {round}");
    }
}

/// Broken on purpose: it begins a session without having written the user's row, and then counts.
struct OpenWithoutHolding(NewSession);

impl Query for OpenWithoutHolding {
    type Output = ();

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<()> {
        let NewSession { id, user_id, .. } = self.0;
        conn.query(sql!(
            "INSERT INTO sessions (id, user_id, created_at, expires_at, auth_time, auth_epoch, amr) \
             VALUES (?, ?, 1, 2, 1, 0, 'pwd')"
        ))
        .bind(id)
        .bind(user_id)
        .execute()
        .await?;
        let beyond: Vec<Key> = conn
            .query(sql!(
                "SELECT id FROM sessions WHERE user_id = ? AND id <> ? AND revoked_at IS NULL \
                 ORDER BY id DESC LIMIT 100 OFFSET 2"
            ))
            .bind(user_id)
            .bind(id)
            .all()
            .await?;
        for Key { id } in beyond {
            conn.query(sql!("UPDATE sessions SET revoked_at = 1 WHERE id = ?")).bind(id).execute().await?;
        }
        Ok(())
    }
}

#[derive(sqlx::FromRow)]
struct Key {
    id: Uuid,
}

/// The control of the race above.
async fn to_count_without_holding_the_user_leaves_too_many(ground: &Ground) {
    let nodes = nodes(ground).await;
    let mut most = 0;
    for round in 0..rounds() {
        let ada = ground.user(&format!("ada{round}")).await;
        let before = ground.count(sql!("SELECT COUNT(*) AS n FROM sessions WHERE revoked_at IS NULL")).await;
        all_at_once(&nodes, || OpenWithoutHolding(ground.new_session(ada))).await;
        let after = ground.count(sql!("SELECT COUNT(*) AS n FROM sessions WHERE revoked_at IS NULL")).await;
        most = most.max(after - before);
    }
    assert!(most > 3, "nobody met: the race is none");
}
