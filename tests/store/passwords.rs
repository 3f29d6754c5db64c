//! Setting a password: under which conditions, what it ends, what is kept, and one winner.

use keystead::domain::account::NewAccount;
use keystead::domain::revocation::What;
use keystead::domain::role::USER;
use keystead::domain::session::NewSession;
use keystead::sql;
use keystead::store::entries::Entry;
use keystead::store::one_time_tokens::{FindToken, IssueToken, Kind, NewToken};
use keystead::store::outbox::NewMail;
use keystead::store::passwords::{
    ChangeCompleted, ChangePassword, CompleteChange, FindPassword, FormerPasswords, PasswordSet, Rehash, SetPassword,
};
use keystead::store::sessions::FindSessionState;
use keystead::store::sql::Sql;
use keystead::store::users::{CreateUser, Created};
use uuid::Uuid;

use crate::ground::{ACCESS_TTL, Change, DISABLE, Ground, HOUR, LOCK, START, account};
use crate::races::{TASKS, all_at_once, nodes, rounds};

on_each_database! {
    a_password_is_set_once,
    only_the_account_that_was_looked_at_is_changed,
    the_first_password_of_an_account,
    what_was_begun_is_withdrawn,
    so_many_are_remembered_and_no_more,
    a_challenge_is_answered_once,
    of_answers_to_one_challenge_one_wins,
    of_changes_of_one_password_one_wins,
    a_hash_is_made_anew_unless_another_was_set,
}

const CHALLENGES: Sql = sql!("SELECT COUNT(*) AS n FROM one_time_tokens WHERE spent_at IS NULL");

/// An account whose password's hash is `old`.
pub async fn user(ground: &Ground) -> Uuid {
    let email = format!("{}@example.org", Uuid::now_v7());
    let account = NewAccount { hashed_password: Some("old".to_owned()), ..account(&email) };
    let id = account.id;
    assert_eq!(ground.run(CreateUser { account, role: USER.name }).await, Created::Yes);
    id
}

pub fn replace(user_id: Uuid, new: &str) -> SetPassword {
    let (old, new) = (Some("old".to_owned()), new.to_owned());
    SetPassword { user_id, auth_epoch: 0, old, new, history: 0, letter: None }
}

pub fn change(set: SetPassword, kept: Option<Uuid>) -> ChangePassword {
    ChangePassword { set, ends_all_but: kept, access_ttl: ACCESS_TTL }
}

async fn hash_of(ground: &Ground, user_id: Uuid) -> Option<String> {
    ground.run(FindPassword { user_id }).await.unwrap().hashed_password
}

/// Its hash, kept until it is answered.
pub async fn challenge(ground: &Ground, user_id: Uuid, kind: Kind) -> [u8; 32] {
    let (id, mut token_hash) = (Uuid::now_v7(), [0; 32]);
    token_hash[..16].copy_from_slice(id.as_bytes());
    let expires_at = ground.clock.now().plus(HOUR);
    let token = NewToken { id, kind, token_hash, user_id: Some(user_id), payload: None, expires_at };
    ground.run(IssueToken { token, withdraws_earlier: false }).await;
    token_hash
}

pub fn complete(token_hash: [u8; 32], set: SetPassword, session: NewSession) -> CompleteChange {
    let session = NewSession { auth_epoch: set.auth_epoch + 1, ..session };
    let entry = Entry::Session { session, letter: None };
    CompleteChange { token_hash, attempt: Uuid::now_v7(), set, access_ttl: ACCESS_TTL, entry }
}

async fn a_password_is_set_once(ground: &Ground) {
    let user_id = user(ground).await;
    let must_change = sql!("UPDATE users SET must_change_password = TRUE WHERE id = ?");
    ground.run(Change(must_change, user_id)).await;
    let (here, there) = (ground.session(user_id).await, ground.session(user_id).await);
    ground.clock.advance(HOUR);
    let id = Uuid::now_v7();
    let letter = NewMail { id, kind: "password_changed", recipient: "a@example.org".to_owned(), payload: vec![1] };
    let set = SetPassword { letter: Some(letter), ..replace(user_id, "new") };
    let PasswordSet::Yes(Some(ended)) = ground.run(change(set, Some(here.id))).await else { panic!("it was set") };
    assert_eq!(ended.what, What::User { user_id, epoch: 1, except: Some(here.id) });
    assert_eq!(ended.reason, "password_changed");

    let row = ground.run(FindPassword { user_id }).await.unwrap();
    let standing = row.user.standing();
    assert_eq!((row.hashed_password.as_deref(), standing.auth_epoch), (Some("new"), 1));
    assert_eq!((standing.must_change_password, standing.password_changed_at), (false, Some(START.plus(HOUR))));
    for (session, epoch) in [(&here, 1), (&there, 0)] {
        let state = ground.run(FindSessionState { session_id: session.id }).await.unwrap();
        assert_eq!((state.session_epoch, state.user_epoch), (epoch, 1));
    }
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM outbox")).await, 1);
    // The same again is another attempt, and what it looked at is gone.
    assert_eq!(ground.run(change(replace(user_id, "newer"), Some(here.id))).await, PasswordSet::Overtaken);
    assert_eq!(hash_of(ground, user_id).await.as_deref(), Some("new"));
    let keeps = SetPassword { auth_epoch: 1, old: Some("new".to_owned()), ..replace(user_id, "newer") };
    assert_eq!(ground.run(change(keeps, None)).await, PasswordSet::Yes(None));
    assert_eq!(ground.run(FindPassword { user_id }).await.unwrap().user.standing().auth_epoch, 1);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM revocations")).await, 1);
}

async fn only_the_account_that_was_looked_at_is_changed(ground: &Ground) {
    let raise = sql!("UPDATE users SET auth_epoch = auth_epoch + 1 WHERE id = ?");
    let other = sql!("UPDATE users SET hashed_password = 'another' WHERE id = ?");
    let none = sql!("UPDATE users SET hashed_password = NULL WHERE id = ?");
    for meanwhile in [LOCK, DISABLE, raise, other, none] {
        let user_id = user(ground).await;
        challenge(ground, user_id, Kind::ResetPassword).await;
        ground.run(Change(meanwhile, user_id)).await;
        let before = hash_of(ground, user_id).await;
        let set = SetPassword { history: 5, ..replace(user_id, "new") };
        assert_eq!(ground.run(change(set, Some(Uuid::now_v7()))).await, PasswordSet::Overtaken);
        assert_eq!(hash_of(ground, user_id).await, before);
    }
    assert_eq!(ground.run(change(replace(Uuid::now_v7(), "new"), None)).await, PasswordSet::Overtaken);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM password_history")).await, 0);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM revocations")).await, 0);
    assert_eq!(ground.count(CHALLENGES).await, 5);
}

async fn the_first_password_of_an_account(ground: &Ground) {
    let user_id = ground.user("ada").await;
    assert_eq!(ground.run(change(replace(user_id, "new"), None)).await, PasswordSet::Overtaken, "it has no old one");
    let first = SetPassword { old: None, history: 3, ..replace(user_id, "first") };
    assert_eq!(ground.run(change(first, None)).await, PasswordSet::Yes(None));
    assert_eq!(hash_of(ground, user_id).await.as_deref(), Some("first"));
    assert!(ground.run(FormerPasswords { user_id, limit: 9 }).await.is_empty());
}

async fn what_was_begun_is_withdrawn(ground: &Ground) {
    let (user_id, bystander) = (user(ground).await, user(ground).await);
    for kind in Kind::ALL {
        challenge(ground, user_id, kind).await;
        challenge(ground, bystander, kind).await;
    }
    ground.run(change(replace(user_id, "new"), None)).await;
    assert_eq!(ground.count(CHALLENGES).await, 2 * i64::try_from(Kind::ALL.len()).unwrap() - 3);
}

async fn so_many_are_remembered_and_no_more(ground: &Ground) {
    let (user_id, bystander) = (user(ground).await, user(ground).await);
    let former = async |user_id| ground.run(FormerPasswords { user_id, limit: 9 }).await;
    ground.run(change(SetPassword { history: 2, ..replace(bystander, "new") }, None)).await;
    let mut old = "old".to_owned();
    for (new, history, kept) in [
        ("1", 2, &["old"][..]),
        ("2", 2, &["1", "old"]),
        ("3", 2, &["2", "1"]),
        ("4", 4, &["3", "2", "1"]),
        ("5", 1, &["4"]),
        ("6", 0, &[]),
    ] {
        let set = SetPassword { old: Some(old), history, ..replace(user_id, new) };
        assert_eq!(ground.run(change(set, None)).await, PasswordSet::Yes(None));
        assert_eq!(former(user_id).await, kept);
        old = new.to_owned();
    }
    assert_eq!(former(bystander).await, ["old"]);
    assert_eq!(ground.run(FormerPasswords { user_id: bystander, limit: 0 }).await, [""; 0]);
}

async fn a_challenge_is_answered_once(ground: &Ground) {
    let user_id = user(ground).await;
    let before = ground.session(user_id).await;
    let token_hash = challenge(ground, user_id, Kind::PasswordChange).await;
    let other_kind = challenge(ground, user_id, Kind::ResetPassword).await;
    let answer = |hash, new: &str| complete(hash, replace(user_id, new), ground.new_session(user_id));
    assert_eq!(ground.run(answer(other_kind, "new")).await, ChangeCompleted::Spent);
    assert_eq!(ground.run(answer([9; 32], "new")).await, ChangeCompleted::Spent);
    let first = answer(token_hash, "new");
    let Entry::Session { session, .. } = &first.entry else { panic!("a session was to begin") };
    let session_id = session.id;
    let ChangeCompleted::Yes(ended) = ground.run(first).await else { panic!("it was good") };
    assert_eq!(ended.iter().map(|end| end.what).collect::<Vec<_>>(), [What::User { user_id, epoch: 1, except: None }]);
    let state = ground.run(FindSessionState { session_id }).await.unwrap();
    assert_eq!((state.session_epoch, state.user_epoch), (1, 1));
    let old = ground.run(FindSessionState { session_id: before.id }).await.unwrap();
    assert_eq!((old.session_epoch, old.user_epoch), (0, 1));
    assert_eq!(hash_of(ground, user_id).await.as_deref(), Some("new"));

    let again = SetPassword { auth_epoch: 1, old: Some("new".to_owned()), ..replace(user_id, "newer") };
    let again = complete(token_hash, again, ground.new_session(user_id));
    assert_eq!(ground.run(again).await, ChangeCompleted::Spent);
    assert_eq!(hash_of(ground, user_id).await.as_deref(), Some("new"));
    assert!(ground.run(FindToken { kind: Kind::ResetPassword, token_hash: other_kind }).await.is_none());

    let user_id = user(ground).await;
    let token_hash = challenge(ground, user_id, Kind::PasswordChange).await;
    ground.clock.advance(HOUR);
    let late = complete(token_hash, replace(user_id, "new"), ground.new_session(user_id));
    assert_eq!(ground.run(late).await, ChangeCompleted::Spent);
    assert_eq!(hash_of(ground, user_id).await.as_deref(), Some("old"));
}

async fn of_answers_to_one_challenge_one_wins(ground: &Ground) {
    let nodes = nodes(ground).await;
    for round in 0..rounds() {
        let user_id = user(ground).await;
        let token_hash = challenge(ground, user_id, Kind::PasswordChange).await;
        let answer = || {
            let set = SetPassword { history: 3, ..replace(user_id, &Uuid::now_v7().to_string()) };
            complete(token_hash, set, ground.new_session(user_id))
        };
        let outcomes = all_at_once(&nodes, answer).await;
        let lost = outcomes.iter().filter(|outcome| **outcome == ChangeCompleted::Spent).count();
        assert_eq!(lost, TASKS - 1, "round {round}");
        assert_eq!(ground.run(FindPassword { user_id }).await.unwrap().user.standing().auth_epoch, 1);
        assert_eq!(ground.run(FormerPasswords { user_id, limit: 9 }).await, ["old"]);
    }
    let rounds = i64::try_from(rounds()).unwrap();
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM sessions")).await, rounds);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM revocations")).await, rounds);
}

async fn of_changes_of_one_password_one_wins(ground: &Ground) {
    let nodes = nodes(ground).await;
    for round in 0..rounds() {
        let user_id = user(ground).await;
        let token_hash = challenge(ground, user_id, Kind::PasswordChange).await;
        let session = ground.session(user_id).await;
        // One in four is not asked to end anything, so that the epoch does not decide.
        let kept = |new: &Uuid| (!new.as_bytes()[15].is_multiple_of(4)).then_some(session.id);
        let make = || {
            let new = Uuid::now_v7();
            change(replace(user_id, &new.to_string()), kept(&new))
        };
        let outcomes = all_at_once(&nodes, make).await;
        let won = outcomes.iter().filter(|outcome| **outcome != PasswordSet::Overtaken).count();
        assert_eq!(won, 1, "round {round}");
        let late = complete(token_hash, replace(user_id, "late"), ground.new_session(user_id));
        assert_eq!(ground.run(late).await, ChangeCompleted::Spent);
    }
}

async fn a_hash_is_made_anew_unless_another_was_set(ground: &Ground) {
    let user_id = user(ground).await;
    let anew = |old: &str, new: &str| Rehash { user_id, old: old.to_owned(), new: new.to_owned() };
    assert_eq!(ground.run(anew("old", "same, but dearer")).await, 1);
    assert_eq!(hash_of(ground, user_id).await.as_deref(), Some("same, but dearer"));
    let standing = ground.run(FindPassword { user_id }).await.unwrap().user.standing();
    assert_eq!((standing.password_changed_at, standing.auth_epoch), (Some(START), 0));
    assert_eq!(ground.run(anew("old", "too late")).await, 0);
    assert_eq!(hash_of(ground, user_id).await.as_deref(), Some("same, but dearer"));
}
