//! What administrators do to accounts: what it changes, what it ends, and that one administrator always stays.

use keystead::domain::account::Change as Wanted;
use keystead::domain::etag::Precondition;
use keystead::domain::network::Network;
use keystead::domain::profile::DisplayName;
use keystead::domain::revocation::What;
use keystead::domain::session::EndReason;
use keystead::domain::session_filter::SessionFilter;
use keystead::domain::throttle::{Counter, Kind, Subject};
use keystead::domain::user_record::{UserChange, UserRecord};
use keystead::sql;
use keystead::store::account_deletion::DeleteAccount;
use keystead::store::given_passwords::{ChangeRequired, GivePassword, RequirePasswordChange};
use keystead::store::passwords::FormerPasswords;
use keystead::store::session_ends::{EndSessions, FindLiving, LivingSession};
use keystead::store::sessions::{FindSessionState, OpenSession, Opened};
use keystead::store::throttles::{CountFailure, FindCounts};
use keystead::store::user_changes::{ChangeUser, UserChanged};
use keystead::store::user_deletion::{DeleteUser, UserDeleted};
use keystead::store::user_locks::{LockUser, UnlockUser, UserLocked, UserUnlocked};
use keystead::store::user_records::FindRecord;
use uuid::Uuid;

use crate::ground::{ACCESS_TTL, Change, Ground, HOUR};
use crate::races::{all_at_once, nodes, rounds};

on_each_database! {
    a_locked_account_is_signed_out_and_lets_nobody_in,
    an_unlocked_account_has_no_failures_left,
    a_change_is_made_of_what_was_looked_at,
    a_given_password_is_temporary,
    the_last_administrator_is_not_taken_out_of_use,
    one_of_two_administrators_stays_in_a_race,
    sessions_are_found_and_ended_by_what_they_have_in_common,
}

async fn record(ground: &Ground, user_id: Uuid) -> UserRecord {
    ground.run(FindRecord { user_id }).await.unwrap()
}

fn lock(user_id: Uuid) -> LockUser {
    LockUser { user_id, access_ttl: ACCESS_TTL }
}

fn change(user_id: Uuid, change: UserChange, precondition: Precondition) -> ChangeUser {
    ChangeUser { user_id, change, precondition, access_ttl: ACCESS_TTL }
}

fn out_of_use() -> UserChange {
    UserChange { active: Some(false), ..UserChange::default() }
}

async fn a_locked_account_is_signed_out_and_lets_nobody_in(ground: &Ground) {
    let ada = ground.user("ada").await;
    let session = ground.session(ada).await;
    let UserLocked::Yes(told) = ground.run(lock(ada)).await else { panic!("not locked") };
    assert_eq!(
        (told.what, told.reason.as_str()),
        (What::User { user_id: ada, epoch: 1, except: None }, "account_locked")
    );
    let state = ground.run(FindSessionState { session_id: session.id }).await.unwrap();
    assert!(state.locked_at.is_some() && state.session_epoch != state.user_epoch);
    let mut again = ground.new_session(ada);
    again.auth_epoch = 1;
    assert_eq!(ground.run(OpenSession(again.clone())).await, Opened::Refused);
    assert_eq!(ground.run(lock(ada)).await, UserLocked::Before);
    assert_eq!(record(ground, ada).await.locked_at, Some(ground.clock.now()));
    assert_eq!(ground.run(UnlockUser { user_id: ada }).await, UserUnlocked::Yes { lock: true, failures: false });
    assert_eq!(ground.run(UnlockUser { user_id: ada }).await, UserUnlocked::Before);
    assert_eq!(ground.run(OpenSession(again)).await, Opened::Yes(Vec::new()));
    let nobody = Uuid::now_v7();
    assert_eq!(ground.run(lock(nobody)).await, UserLocked::NoSuchUser);
    assert_eq!(ground.run(UnlockUser { user_id: nobody }).await, UserUnlocked::NoSuchUser);
}

async fn an_unlocked_account_has_no_failures_left(ground: &Ground) {
    let (ada, bob) = (ground.user("ada").await, ground.user("bob").await);
    let network = Network::parse("192.0.2.7");
    let of = |user_id| [Subject::account(user_id, false).counters(network), Subject::signed_in(user_id).counters(None)];
    for counters in [of(ada), of(bob)].concat() {
        ground.run(CountFailure(counters)).await;
    }
    assert_eq!(ground.run(UnlockUser { user_id: ada }).await, UserUnlocked::Yes { lock: false, failures: true });
    let kinds = async |counters: Vec<Counter>| {
        ground.run(FindCounts(counters)).await.into_iter().map(|(counter, _)| counter.kind).collect::<Vec<_>>()
    };
    let [strangers, devices] = of(ada);
    assert_eq!((kinds(strangers).await, kinds(devices).await), (vec![Kind::Network], vec![]));
    let [strangers, devices] = of(bob);
    assert_eq!((kinds(strangers).await.len(), kinds(devices).await.len()), (3, 2), "of ada alone");
    assert_eq!(ground.run(UnlockUser { user_id: ada }).await, UserUnlocked::Before);
}

async fn a_change_is_made_of_what_was_looked_at(ground: &Ground) {
    let ada = ground.user("ada").await;
    let seen = Precondition::OneOf(vec![record(ground, ada).await.etag().as_str().to_owned()]);
    ground.clock.advance(HOUR);
    let named = |name: &str| UserChange {
        display_name: Wanted::Set(DisplayName::parse(name).unwrap()),
        email_verified: Some(true),
        ..UserChange::default()
    };
    let UserChanged::Yes { record: changed, ended: None, differs: true } =
        ground.run(change(ada, named("Ada"), seen.clone())).await
    else {
        panic!("not changed")
    };
    assert_eq!((changed.account.display_name.as_deref(), changed.account.email_verified), (Some("Ada"), true));
    assert_eq!(changed.account.updated_at, ground.clock.now());
    assert_eq!(changed.etag(), record(ground, ada).await.etag());
    let late = ground.run(change(ada, named("Eve"), seen.clone())).await;
    assert!(matches!(late, UserChanged::PreconditionFailed));
    // What is there already is a success, also for a unit that runs again.
    let same = ground.run(change(ada, named("Ada"), seen.clone())).await;
    assert!(matches!(same, UserChanged::Yes { differs: false, .. }));
    ground.run(OpenSession(ground.new_session(ada))).await;
    let UserChanged::Yes { ended: Some(told), .. } = ground.run(change(ada, out_of_use(), Precondition::Any)).await
    else {
        panic!("nobody was signed out")
    };
    assert_eq!(
        (told.what, told.reason.as_str()),
        (What::User { user_id: ada, epoch: 1, except: None }, "account_disabled")
    );
    let delete =
        |precondition| DeleteUser { delete: DeleteAccount { user_id: ada, access_ttl: ACCESS_TTL }, precondition };
    assert_eq!(ground.run(delete(seen)).await, UserDeleted::PreconditionFailed);
    assert!(matches!(ground.run(delete(Precondition::None)).await, UserDeleted::Yes(_)));
    assert_eq!(ground.run(delete(Precondition::None)).await, UserDeleted::NoSuchUser);
    assert!(matches!(ground.run(change(ada, out_of_use(), Precondition::Any)).await, UserChanged::NoSuchUser));
}

async fn a_given_password_is_temporary(ground: &Ground) {
    let ada = ground.user("ada").await;
    let give = |new: &str| GivePassword {
        user_id: ada,
        new: new.to_owned(),
        history: 2,
        letter: None,
        access_ttl: ACCESS_TTL,
    };
    let require = || RequirePasswordChange { user_id: ada };
    assert_eq!(ground.run(require()).await, ChangeRequired::NoPassword);
    let told = ground.run(give("first")).await.unwrap();
    assert_eq!(
        (told.what, told.reason.as_str()),
        (What::User { user_id: ada, epoch: 1, except: None }, "password_set")
    );
    let after = record(ground, ada).await;
    assert!(after.must_change_password && after.password_changed_at == Some(ground.clock.now()));
    assert_eq!(ground.run(require()).await, ChangeRequired::Before);
    ground.run(Change(sql!("UPDATE users SET must_change_password = FALSE WHERE id = ?"), ada)).await;
    assert_eq!(ground.run(require()).await, ChangeRequired::Yes);
    ground.run(give("second")).await.unwrap();
    assert_eq!(ground.run(FormerPasswords { user_id: ada, limit: 5 }).await, ["first"]);
    // Whatever state the account is in: it lets nobody in for that.
    ground.run(lock(ada)).await;
    assert!(ground.run(give("third")).await.is_some());
    let nobody = GivePassword { user_id: Uuid::now_v7(), ..give("nobody's") };
    assert!(ground.run(nobody).await.is_none());
}

async fn the_last_administrator_is_not_taken_out_of_use(ground: &Ground) {
    let (ada, bob) = (ground.administrator("ada").await, ground.administrator("bob").await);
    assert!(matches!(ground.run(lock(bob)).await, UserLocked::Yes(_)));
    assert_eq!(ground.run(lock(ada)).await, UserLocked::LastAdministrator);
    let disabled = ground.run(change(ada, out_of_use(), Precondition::None)).await;
    assert!(matches!(disabled, UserChanged::LastAdministrator));
    let deleted =
        DeleteUser { delete: DeleteAccount { user_id: ada, access_ttl: ACCESS_TTL }, precondition: Precondition::None };
    assert_eq!(ground.run(deleted).await, UserDeleted::LastAdministrator);
    assert!(record(ground, ada).await.locked_at.is_none());
    ground.run(UnlockUser { user_id: bob }).await;
    assert!(matches!(ground.run(lock(ada)).await, UserLocked::Yes(_)));
}

/// Each locks the other, at the same moment, on two nodes.
async fn one_of_two_administrators_stays_in_a_race(ground: &Ground) {
    let nodes = nodes(ground).await;
    let pair = [ground.administrator("ada").await, ground.administrator("bob").await];
    for round in 0..rounds() {
        let turn = std::sync::atomic::AtomicUsize::new(0);
        let next = || lock(pair[turn.fetch_add(1, std::sync::atomic::Ordering::Relaxed) % 2]);
        let outcomes = all_at_once(&nodes, next).await;
        let locked = outcomes.iter().filter(|outcome| matches!(outcome, UserLocked::Yes(_))).count();
        let stayed = outcomes.iter().filter(|outcome| **outcome == UserLocked::LastAdministrator).count();
        assert_eq!((locked, stayed), (1, outcomes.len() / 2), "round {round}");
        for user_id in pair {
            ground.run(UnlockUser { user_id }).await;
        }
    }
}

async fn living(ground: &Ground, filter: SessionFilter, except: Option<Uuid>) -> Vec<LivingSession> {
    ground.run(FindLiving { filter, except, after: Uuid::nil(), limit: 100 }).await
}

async fn sessions_are_found_and_ended_by_what_they_have_in_common(ground: &Ground) {
    let (ada, bob) = (ground.user("ada").await, ground.user("bob").await);
    let any = SessionFilter::default;
    let first = ground.session(ada).await;
    ground.clock.advance(HOUR / 2);
    let mut elsewhere = ground.new_session(bob);
    elsewhere.ip = Some("192.0.2.7".to_owned());
    assert_eq!(ground.run(OpenSession(elsewhere.clone())).await, Opened::Yes(Vec::new()));
    let of = |sessions: Vec<LivingSession>| sessions.into_iter().map(|session| session.id).collect::<Vec<_>>();
    assert_eq!(of(living(ground, any(), None).await), [first.id, elsewhere.id]);
    assert_eq!(of(living(ground, any(), Some(first.id)).await), [elsewhere.id]);
    let filters = [
        (SessionFilter { user_id: Some(ada), ..any() }, vec![first.id]),
        (SessionFilter { ip: elsewhere.ip.clone(), ..any() }, vec![elsewhere.id]),
        (SessionFilter { user_id: Some(ada), ip: elsewhere.ip.clone(), ..any() }, vec![]),
        (SessionFilter { before: Some(ground.clock.now()), ..any() }, vec![first.id]),
    ];
    for (filter, expected) in filters {
        assert_eq!(of(living(ground, filter.clone(), None).await), expected, "{filter:?}");
    }
    let all = living(ground, any(), None).await;
    let end = || EndSessions {
        sessions: all.iter().map(|session| (*session, Uuid::now_v7())).collect(),
        reason: EndReason::EndedByAdministrator,
        access_ttl: ACCESS_TTL,
    };
    let ended = ground.run(end()).await;
    let whats: Vec<_> = ended.iter().map(|revocation| revocation.what).collect();
    assert_eq!(whats[0], What::Session { session_id: first.id, user_id: ada });
    assert_eq!((ended.len(), ended[0].reason.as_str()), (2, "ended_by_administrator"));
    assert!(ground.run(end()).await.is_empty(), "they had ended");
    assert!(living(ground, any(), None).await.is_empty());
}
