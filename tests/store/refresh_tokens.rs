//! `refresh_tokens`: a family moves on by one generation, once, while everything it hangs on is alive.

use keystead::domain::refresh_token::Verdict;
use keystead::domain::session::{EndReason, NewSession};
use keystead::store::refresh_tokens::{FindFamily, Rotate};
use keystead::store::sessions::{EndSession, EndUserSessions};
use uuid::Uuid;

use crate::ground::{ACCESS_TTL, Change, DISABLE, Ground, HOUR, LOCK, UNLOCK};

on_each_database! {
    a_family_moves_on_by_one,
    an_attempt_that_runs_again_knows_its_own_work,
    what_has_ended_does_not_move,
    what_has_expired_does_not_move,
    a_family_that_is_not_there_is_not_found,
}

async fn rotate(ground: &Ground, session: &NewSession, from: u32, attempt: Uuid) -> bool {
    let idle_expires_at = ground.clock.now().plus(HOUR);
    ground.run(Rotate { family_id: session.family_id, from, attempt, idle_expires_at }).await
}

async fn a_family_moves_on_by_one(ground: &Ground) {
    let session = ground.session(ground.user("ada").await).await;
    ground.clock.advance(HOUR / 2);
    let attempt = Uuid::now_v7();
    assert!(rotate(ground, &session, 0, attempt).await);
    let family = ground.family(&session).await.family();
    assert_eq!((family.generation, family.rotated_by), (1, Some(attempt)));
    assert_eq!(family.rotated_at, Some(ground.clock.now()));
    assert_eq!(family.expires_at, ground.clock.now().plus(HOUR), "the idle time-out slides");
    assert_eq!(family.session_expires_at, session.expires_at, "the absolute one does not");
    for wrong in [0, 2, u32::MAX] {
        assert!(!rotate(ground, &session, wrong, Uuid::now_v7()).await);
    }
    assert!(rotate(ground, &session, 1, Uuid::now_v7()).await);
    assert_eq!(ground.family(&session).await.family().generation, 2);
}

async fn an_attempt_that_runs_again_knows_its_own_work(ground: &Ground) {
    let session = ground.session(ground.user("ada").await).await;
    let attempt = Uuid::now_v7();
    assert!(rotate(ground, &session, 0, attempt).await);
    assert!(!rotate(ground, &session, 0, attempt).await, "the row count alone does not tell");
    assert_eq!(ground.verdict(&session, 0, attempt).await, Verdict::MyOwn);
    assert_eq!(ground.verdict(&session, 0, Uuid::now_v7()).await, Verdict::InGrace);
    ground.clock.advance(HOUR / 2);
    assert_eq!(ground.verdict(&session, 0, attempt).await, Verdict::MyOwn, "however long the answer took");
    assert_eq!(ground.verdict(&session, 0, Uuid::now_v7()).await, Verdict::Reused);
    assert_eq!(ground.verdict(&session, 2, attempt).await, Verdict::RolledBack);
}

async fn what_has_ended_does_not_move(ground: &Ground) {
    let ada = ground.user("ada").await;
    let (one, other) = (ground.session(ada).await, ground.session(ada).await);
    let me = Uuid::now_v7();
    ground.run(Change(LOCK, ada)).await;
    assert!(!rotate(ground, &one, 0, me).await);
    ground.run(Change(UNLOCK, ada)).await;
    let end =
        EndSession { session_id: one.id, user_id: ada, reason: EndReason::RefreshTokenReused, access_ttl: ACCESS_TTL };
    ground.run(end).await;
    assert!(!rotate(ground, &one, 0, me).await);
    assert!(rotate(ground, &other, 0, me).await);
    let all = EndUserSessions { user_id: ada, except: None, reason: EndReason::SignedOut, access_ttl: ACCESS_TTL };
    ground.run(all).await;
    assert!(!rotate(ground, &other, 1, me).await);
    let bob = ground.user("bob").await;
    let bobs = ground.session(bob).await;
    ground.run(Change(DISABLE, bob)).await;
    assert!(!rotate(ground, &bobs, 0, me).await);
    assert_eq!(ground.family(&bobs).await.family().generation, 0);
}

async fn what_has_expired_does_not_move(ground: &Ground) {
    let ada = ground.user("ada").await;
    let session = ground.session(ada).await;
    ground.clock.advance(HOUR);
    assert!(!rotate(ground, &session, 0, Uuid::now_v7()).await, "idle for its hour");
    assert_eq!(ground.verdict(&session, 0, Uuid::now_v7()).await, Verdict::SessionExpired);
    // One that is kept busy for longer than a session lasts.
    let session = ground.session(ada).await;
    let far = session.expires_at.plus(24 * HOUR);
    let (family_id, attempt) = (session.family_id, Uuid::now_v7());
    assert!(ground.run(Rotate { family_id, from: 0, attempt, idle_expires_at: far }).await);
    ground.clock.advance(24 * HOUR);
    assert!(!ground.run(Rotate { family_id, from: 1, attempt, idle_expires_at: far }).await);
    assert_eq!(ground.verdict(&session, 1, attempt).await, Verdict::SessionExpired);
}

async fn a_family_that_is_not_there_is_not_found(ground: &Ground) {
    let (family_id, attempt) = (Uuid::now_v7(), Uuid::now_v7());
    assert!(ground.run(FindFamily { family_id }).await.is_none());
    assert!(!ground.run(Rotate { family_id, from: 0, attempt, idle_expires_at: ground.clock.now() }).await);
}
