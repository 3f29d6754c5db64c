//! `sessions`: how one begins, and the ways it ends.

use keystead::domain::clock::Timestamp;
use keystead::domain::refresh_token::Verdict;
use keystead::domain::revocation::{Revocation, What};
use keystead::domain::session::{EndReason, NewSession};
use keystead::sql;
use keystead::store::revocations::RevocationsAfter;
use keystead::store::sessions::{EndSession, EndUserSessions, Ended, FindSessionState, OpenSession, Opened};
use keystead::store::users::FindUser;
use uuid::Uuid;

use crate::ground::{ACCESS_TTL, Change, DISABLE, Ground, HOUR, LOCK, START, UNLOCK};

on_each_database! {
    a_session_begins_once,
    the_gate_is_repeated_where_the_session_begins,
    one_session_ends_and_its_end_is_written_once,
    all_sessions_of_a_user_end_but_the_one_that_is_kept,
    what_has_ended_is_not_kept,
    the_state_of_a_session_is_told,
}

async fn log(ground: &Ground) -> Vec<Revocation> {
    ground.run(RevocationsAfter { at: Timestamp::default(), id: Uuid::nil(), limit: 100 }).await
}

fn end(session: &NewSession) -> EndSession {
    let (session_id, user_id) = (session.id, session.user_id);
    EndSession { session_id, user_id, reason: EndReason::SignedOut, access_ttl: ACCESS_TTL }
}

fn end_all(user_id: Uuid, except: Option<Uuid>) -> EndUserSessions {
    EndUserSessions { user_id, except, reason: EndReason::SignedOut, access_ttl: ACCESS_TTL }
}

async fn a_session_begins_once(ground: &Ground) {
    let ada = ground.user("ada").await;
    ground.clock.advance(HOUR);
    let new = ground.new_session(ada);
    for _ in 0..3 {
        assert_eq!(ground.run(OpenSession(new.clone())).await, Opened::Yes(Vec::new()));
    }
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM sessions")).await, 1);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM refresh_tokens")).await, 1);
    let row = ground.family(&new).await;
    assert_eq!((row.session_id, row.auth_time, row.amr.as_str()), (new.id, new.auth_time, "pwd"));
    assert_eq!((row.session_expires_at(), row.idle_expires_at()), (new.expires_at, new.idle_expires_at));
    assert_eq!(ground.verdict(&new, 0, Uuid::nil()).await, Verdict::Head);
    let last_login = ground.run(FindUser { id: ada }).await.unwrap().account().last_login;
    assert_eq!(last_login, Some(START.plus(HOUR)));
    ground.session(ada).await;
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM sessions")).await, 2);
}

async fn the_gate_is_repeated_where_the_session_begins(ground: &Ground) {
    let ada = ground.user("ada").await;
    let try_to = async |session: NewSession| ground.run(OpenSession(session)).await;
    assert_eq!(try_to(ground.new_session(Uuid::now_v7())).await, Opened::Refused);
    let of_another_epoch = NewSession { auth_epoch: 1, ..ground.new_session(ada) };
    assert_eq!(try_to(of_another_epoch).await, Opened::Refused);
    ground.run(Change(LOCK, ada)).await;
    assert_eq!(try_to(ground.new_session(ada)).await, Opened::Refused);
    ground.run(Change(UNLOCK, ada)).await;
    assert_eq!(try_to(ground.new_session(ada)).await, Opened::Yes(Vec::new()));
    ground.run(Change(DISABLE, ada)).await;
    assert_eq!(try_to(ground.new_session(ada)).await, Opened::Refused);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM sessions")).await, 1);
}

async fn one_session_ends_and_its_end_is_written_once(ground: &Ground) {
    let ada = ground.user("ada").await;
    let (one, other) = (ground.session(ada).await, ground.session(ada).await);
    let somebody_elses = EndSession { user_id: Uuid::now_v7(), ..end(&one) };
    assert!(!ground.run(somebody_elses).await.is_new);
    assert_eq!((log(ground).await.len(), ground.verdict(&one, 0, Uuid::nil()).await), (0, Verdict::Head));

    let Ended { revocation: told, is_new } = ground.run(end(&one)).await;
    assert!(is_new);
    assert_eq!(told.what, What::Session { session_id: one.id, user_id: ada });
    assert_eq!((told.at, told.reason.as_str()), (START, "signed_out"));
    assert_eq!(log(ground).await, [told], "what the caller is told is what is written");
    ground.clock.advance(HOUR / 60);
    assert!(!ground.run(end(&one)).await.is_new);
    assert_eq!(log(ground).await.len(), 1);
    let state = ground.run(FindSessionState { session_id: one.id }).await.unwrap();
    assert_eq!(state.revoked_at, Some(START), "the first end counts");
    assert_eq!(ground.verdict(&one, 0, Uuid::nil()).await, Verdict::SessionRevoked);
    assert_eq!(ground.verdict(&other, 0, Uuid::nil()).await, Verdict::Head);
}

async fn all_sessions_of_a_user_end_but_the_one_that_is_kept(ground: &Ground) {
    let (ada, bob) = (ground.user("ada").await, ground.user("bob").await);
    let (one, kept, bobs) = (ground.session(ada).await, ground.session(ada).await, ground.session(bob).await);
    let told = ground.run(end_all(ada, Some(kept.id))).await.unwrap();
    assert_eq!(told.what, What::User { user_id: ada, epoch: 1, except: Some(kept.id) });
    assert_eq!(log(ground).await, [told]);
    assert_eq!(ground.verdict(&one, 0, Uuid::nil()).await, Verdict::SessionRevoked);
    assert_eq!(ground.verdict(&kept, 0, Uuid::nil()).await, Verdict::Head);
    assert_eq!(ground.verdict(&bobs, 0, Uuid::nil()).await, Verdict::Head);

    let told = ground.run(end_all(ada, None)).await.unwrap();
    assert_eq!(told.what, What::User { user_id: ada, epoch: 2, except: None });
    assert_eq!(ground.verdict(&kept, 0, Uuid::nil()).await, Verdict::SessionRevoked);
    assert_eq!(ground.run(FindUser { id: ada }).await.unwrap().standing().auth_epoch, 2);
    assert_eq!(ground.run(end_all(Uuid::now_v7(), None)).await, None);
    assert_eq!(log(ground).await.len(), 2);
}

async fn what_has_ended_is_not_kept(ground: &Ground) {
    let (ada, bob) = (ground.user("ada").await, ground.user("bob").await);
    let (ended, old, bobs) = (ground.session(ada).await, ground.session(ada).await, ground.session(bob).await);
    ground.run(end(&ended)).await;
    ground.run(end_all(ada, Some(ended.id))).await;
    ground.run(end_all(ada, Some(old.id))).await;
    ground.run(end_all(ada, Some(bobs.id))).await;
    for session in [&ended, &old] {
        assert_eq!(ground.verdict(session, 0, Uuid::nil()).await, Verdict::SessionRevoked);
    }
    assert_eq!(ground.verdict(&bobs, 0, Uuid::nil()).await, Verdict::Head);
}

async fn the_state_of_a_session_is_told(ground: &Ground) {
    let ada = ground.user("ada").await;
    let session = ground.session(ada).await;
    ground.run(end_all(ada, None)).await;
    ground.run(Change(LOCK, ada)).await;
    let state = ground.run(FindSessionState { session_id: session.id }).await.unwrap();
    assert_eq!((state.revoked_at, state.expires_at), (None, session.expires_at));
    assert_eq!((state.session_epoch, state.user_epoch, state.claims_version), (0, 1, 0));
    assert!(state.active && state.locked_at.is_some());
    assert!(ground.run(FindSessionState { session_id: Uuid::now_v7() }).await.is_none());
}
