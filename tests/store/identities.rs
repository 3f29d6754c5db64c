//! Identities: whose they are, in races too, and that the last way in stays.

use std::sync::atomic::{AtomicUsize, Ordering};

use keystead::domain::account::NewAccount;
use keystead::domain::identity::{Identity, NewIdentity};
use keystead::domain::provider::{ProviderName, Subject};
use keystead::sql;
use keystead::store::conn::Conn;
use keystead::store::identities::{
    FindIdentities, FindIdentity, IdentityRegistered, LinkIdentity, Linked, RegisterIdentity, UnlinkIdentity, Unlinked,
};
use keystead::store::query::Query;
use keystead::store::users::FindUser;
use uuid::Uuid;

use crate::ground::{Change, Ground, LOCK, START, UNLOCK, account};
use crate::lost_answers::Detour;
use crate::mailed_tokens::letter;
use crate::races::{all_at_once, nodes, rounds};

on_each_database! {
    an_identity_is_linked_once_to_one_account,
    nothing_is_linked_to_an_account_that_changed,
    who_comes_first_gets_an_account_without_a_password,
    a_taken_address_is_never_linked,
    the_last_way_in_stays,
    one_account_gets_an_identity_that_many_want,
    one_account_is_made_of_an_identity,
    one_of_two_ways_in_stays_in_a_race,
}

on_each_server! {
    a_lost_answer_changes_nothing,
    to_count_without_the_guard_leaves_no_way_in,
}

const ISSUER: &str = "https://acme.test";
const PASSWORD: keystead::store::sql::Sql = sql!("UPDATE users SET hashed_password = 'a hash' WHERE id = ?");

fn identity(subject: &str) -> NewIdentity {
    NewIdentity {
        id: Uuid::now_v7(),
        provider: ProviderName::parse("acme").unwrap(),
        issuer: ISSUER.to_owned(),
        subject: Subject::parse(subject).unwrap(),
        email: None,
    }
}

fn link(user_id: Uuid, subject: &str) -> LinkIdentity {
    LinkIdentity { identity: identity(subject), user_id, auth_epoch: 0, letter: None }
}

async fn linked(ground: &Ground, user_id: Uuid, subject: &str) -> Identity {
    match ground.run(link(user_id, subject)).await {
        Linked::Yes(identity) => identity,
        other => panic!("{other:?}"),
    }
}

async fn owner(ground: &Ground, subject: &str) -> Option<Uuid> {
    let find = FindIdentity { issuer: ISSUER.to_owned(), subject: Subject::parse(subject).unwrap() };
    ground.run(find).await.map(|identity| identity.user_id)
}

fn first_sign_in(email: &str, subject: &str) -> RegisterIdentity {
    let account = NewAccount { email_verified_at: Some(START), ..account(email) };
    RegisterIdentity { account, identity: identity(subject), may_register: true }
}

async fn an_identity_is_linked_once_to_one_account(ground: &Ground) {
    let (ada, bob) = (ground.user("ada").await, ground.user("bob").await);
    let first = linked(ground, ada, "a1").await;
    assert_eq!((first.provider.as_str(), first.issuer.as_str(), first.linked_at), ("acme", ISSUER, START));
    assert_eq!(linked(ground, ada, "a1").await, first, "linked before is linked");
    assert_eq!(ground.run(link(bob, "a1")).await, Linked::Taken);
    // Another subject, or another issuer with the same one, is somebody else.
    linked(ground, bob, "A1").await;
    let mut elsewhere = link(bob, "a1");
    "https://acme.test/".clone_into(&mut elsewhere.identity.issuer);
    assert!(matches!(ground.run(elsewhere).await, Linked::Yes(_)));
    assert_eq!((owner(ground, "a1").await, owner(ground, "A1").await), (Some(ada), Some(bob)));
    assert_eq!(owner(ground, "a").await, None);
    assert_eq!(ground.run(FindIdentities { user_id: ada }).await, [first]);
    assert_eq!(ground.run(FindIdentities { user_id: bob }).await.len(), 2);
}

async fn nothing_is_linked_to_an_account_that_changed(ground: &Ground) {
    let ada = ground.user("ada").await;
    ground.run(Change(LOCK, ada)).await;
    assert_eq!(ground.run(link(ada, "a1")).await, Linked::Refused);
    ground.run(Change(UNLOCK, ada)).await;
    ground.run(Change(sql!("UPDATE users SET auth_epoch = 1 WHERE id = ?"), ada)).await;
    assert_eq!(ground.run(link(ada, "a1")).await, Linked::Refused, "signed out everywhere since");
    assert_eq!(ground.run(link(Uuid::now_v7(), "a1")).await, Linked::Refused);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM identities")).await, 0);
}

async fn who_comes_first_gets_an_account_without_a_password(ground: &Ground) {
    let new = first_sign_in("ada@example.org", "a1");
    let id = new.account.id;
    assert_eq!(ground.run(new.clone()).await, IdentityRegistered::Yes);
    let standing = ground.run(FindUser { id }).await.unwrap().standing();
    assert!(standing.email_verified && standing.password_changed_at.is_none(), "no password that could be too old");
    assert_eq!(owner(ground, "a1").await, Some(id));
    let again = ground.run(first_sign_in("ada@example.org", "a1")).await;
    assert!(matches!(again, IdentityRegistered::Known(known) if known.user_id == id));
    // With another address at the provider it is the same somebody.
    let again = ground.run(first_sign_in("new@example.org", "a1")).await;
    assert!(matches!(again, IdentityRegistered::Known(known) if known.user_id == id));
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM users")).await, 1);
}

async fn a_taken_address_is_never_linked(ground: &Ground) {
    let ada = ground.user("ada").await;
    let closed = |email: &str| RegisterIdentity { may_register: false, ..first_sign_in(email, "e1") };
    assert_eq!(ground.run(first_sign_in("ADA@example.org", "e1")).await, IdentityRegistered::EmailTaken);
    assert_eq!(ground.run(closed("ADA@example.org")).await, IdentityRegistered::EmailTaken);
    assert_eq!(ground.run(closed("eve@example.org")).await, IdentityRegistered::Closed);
    assert_eq!(owner(ground, "e1").await, None);
    assert!(ground.run(FindIdentities { user_id: ada }).await.is_empty());
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM users")).await, 1);
}

async fn the_last_way_in_stays(ground: &Ground) {
    let ada = ground.user("ada").await;
    let first = linked(ground, ada, "a1").await;
    let unlink = |id| UnlinkIdentity { id, user_id: ada, letter: None };
    assert_eq!(ground.run(unlink(first.id)).await, Unlinked::LastCredential);
    let second = linked(ground, ada, "a2").await;
    assert_eq!(ground.run(unlink(first.id)).await, Unlinked::Yes);
    assert_eq!(ground.run(unlink(first.id)).await, Unlinked::Yes, "gone is gone");
    assert_eq!(ground.run(unlink(second.id)).await, Unlinked::LastCredential);
    let bob = ground.user("bob").await;
    assert_eq!(ground.run(UnlinkIdentity { id: second.id, user_id: bob, letter: None }).await, Unlinked::Yes);
    assert_eq!(owner(ground, "a2").await, Some(ada), "nobody takes away what is another's");
    ground.run(Change(PASSWORD, ada)).await;
    assert_eq!(ground.run(unlink(second.id)).await, Unlinked::Yes, "there is a password");
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM identities")).await, 0);
}

async fn one_account_gets_an_identity_that_many_want(ground: &Ground) {
    let nodes = nodes(ground).await;
    let mut people = Vec::new();
    for number in 0..8 {
        people.push(ground.user(&format!("u{number}")).await);
    }
    for round in 0..rounds() {
        let (turn, subject) = (AtomicUsize::new(round), format!("a{round}"));
        let make = || link(people[turn.fetch_add(1, Ordering::Relaxed) % people.len()], &subject);
        let outcomes = all_at_once(&nodes, make).await;
        let owner = owner(ground, &subject).await.unwrap();
        for outcome in &outcomes {
            let is_said = match outcome {
                Linked::Yes(identity) => identity.user_id == owner,
                Linked::Taken => true,
                Linked::Refused => false,
            };
            assert!(is_said, "round {round}: {outcome:?}");
        }
        let won = outcomes.iter().filter(|outcome| matches!(outcome, Linked::Yes(_))).count();
        assert_eq!(won, outcomes.len() / people.len(), "round {round}: all calls of one account");
    }
}

async fn one_account_is_made_of_an_identity(ground: &Ground) {
    let nodes = nodes(ground).await;
    for round in 0..rounds() {
        let (email, subject) = (format!("a{round}@example.org"), format!("a{round}"));
        let outcomes = all_at_once(&nodes, || first_sign_in(&email, &subject)).await;
        let owner = owner(ground, &subject).await.unwrap();
        let made = outcomes.iter().filter(|outcome| **outcome == IdentityRegistered::Yes).count();
        assert_eq!(made, 1, "round {round}");
        for outcome in outcomes {
            let is_said = match &outcome {
                IdentityRegistered::Yes => true,
                IdentityRegistered::Known(identity) => identity.user_id == owner,
                IdentityRegistered::EmailTaken | IdentityRegistered::Closed => false,
            };
            assert!(is_said, "round {round}: {outcome:?}");
        }
    }
    let made = i64::try_from(rounds()).unwrap();
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM users")).await, made);
}

/// Two identities each, one call after the other for either of them.
fn by_turns<Q>(pair: [Uuid; 2], make: impl Fn(Uuid) -> Q) -> impl Fn() -> Q {
    let turn = AtomicUsize::new(0);
    move || make(pair[turn.fetch_add(1, Ordering::Relaxed) % 2])
}

async fn one_of_two_ways_in_stays_in_a_race(ground: &Ground) {
    let nodes = nodes(ground).await;
    for round in 0..rounds() {
        let user_id = ground.user(&format!("u{round}")).await;
        let mut pair = [Uuid::nil(); 2];
        for (place, id) in pair.iter_mut().enumerate() {
            *id = linked(ground, user_id, &format!("{round}-{place}")).await.id;
        }
        let outcomes = all_at_once(&nodes, by_turns(pair, |id| UnlinkIdentity { id, user_id, letter: None })).await;
        let left = ground.run(FindIdentities { user_id }).await;
        assert_eq!(left.len(), 1, "round {round}");
        let refused = outcomes.iter().filter(|outcome| **outcome == Unlinked::LastCredential).count();
        assert_eq!(refused, outcomes.len() / 2, "round {round}: every call for the one that is left");
    }
}

async fn a_lost_answer_changes_nothing(ground: &Ground) {
    let detour = Detour::of(ground).await;
    let new = first_sign_in("ada@example.org", "a1");
    let user_id = new.account.id;
    assert_eq!(detour.lose("COMMIT", new).await.unwrap(), IdentityRegistered::Yes);
    let told = || Some(letter("identity_changed"));
    let link = LinkIdentity { letter: told(), ..link(user_id, "a2") };
    let Linked::Yes(second) = detour.lose("COMMIT", link).await.unwrap() else { panic!("not linked") };
    let unlink = UnlinkIdentity { id: second.id, user_id, letter: told() };
    assert_eq!(detour.lose("COMMIT", unlink).await.unwrap(), Unlinked::Yes);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM users")).await, 1);
    assert_eq!(ground.run(FindIdentities { user_id }).await.len(), 1);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM outbox")).await, 2, "told once each");
}

/// Broken on purpose: it counts the ways in without having written the row that all who do so share.
struct UnlinkWithoutGuard {
    id: Uuid,
    user_id: Uuid,
}

#[derive(sqlx::FromRow)]
struct Number {
    n: i64,
}

impl Query for UnlinkWithoutGuard {
    type Output = bool;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<bool> {
        let others = sql!("SELECT COUNT(*) AS n FROM identities WHERE user_id = ? AND id <> ?");
        let others: Number = conn.query(others).bind(self.user_id).bind(self.id).one().await?;
        tokio::task::yield_now().await;
        if others.n > 0 {
            conn.query(sql!("DELETE FROM identities WHERE id = ?")).bind(self.id).execute().await?;
        }
        Ok(others.n > 0)
    }
}

/// The control of the race above.
async fn to_count_without_the_guard_leaves_no_way_in(ground: &Ground) {
    let nodes = nodes(ground).await;
    let mut fewest = 1;
    for round in 0..rounds().max(10) {
        let user_id = ground.user(&format!("u{round}")).await;
        let mut pair = [Uuid::nil(); 2];
        for (place, id) in pair.iter_mut().enumerate() {
            *id = linked(ground, user_id, &format!("{round}-{place}")).await.id;
        }
        all_at_once(&nodes, by_turns(pair, |id| UnlinkWithoutGuard { id, user_id })).await;
        fewest = fewest.min(ground.run(FindIdentities { user_id }).await.len());
    }
    assert_eq!(fewest, 0, "nobody met: the race is none");
}
