//! `users` in batches: each once, whoever was there first, and what a commit that nobody heard leaves.

use std::sync::Arc;

use keystead::domain::audit_event::{Action, Actor, NewEvent};
use keystead::domain::clock::{Deadline, Timestamp};
use keystead::domain::email::Email;
use keystead::domain::profile::{DisplayName, Metadata};
use keystead::domain::role::{ADMIN, USER};
use keystead::domain::username::Username;
use keystead::sql;
use keystead::store::exported_users::{CountUsers, ExportUsers};
use keystead::store::imported_users::{FindHolders, ImportUsers, Imported, NewRecord, RoleIds};
use uuid::Uuid;

use crate::ground::{Ground, START, UNIT_PATIENCE};

/// Enough that on the servers some of them meet.
const ROUNDS: usize = 20;

on_each_database! {
    a_user_stands_there_as_it_came,
    any_number_is_imported_and_a_second_time_nobody,
    of_two_rows_with_one_name_the_first_counts,
    names_of_two_accounts_make_nobody,
    a_batch_whose_commit_was_not_heard_says_what_it_did,
    two_imports_at_once_make_everybody_once,
}

fn record(name: &str) -> NewRecord {
    NewRecord {
        id: Uuid::now_v7(),
        id_is_given: false,
        email: Some(Email::parse(&format!("{name}@Example.org")).unwrap()),
        username: Some(Username::parse(name).unwrap()),
        hashed_password: None,
        display_name: None,
        metadata: None,
        active: true,
        email_verified_at: None,
        sealed_mfa_secret: None,
        must_change_password: false,
        created_at: START,
        updated_at: START,
        last_login: None,
        locked_at: None,
        password_changed_at: None,
        roles: Vec::new(),
        is_administrator: false,
    }
}

fn batch(rows: Vec<NewRecord>) -> ImportUsers {
    let event = NewEvent::new(Uuid::nil(), Action::UsersImported, Actor::OPERATOR);
    ImportUsers { rows: Arc::new(rows), event }
}

fn done(imported: usize, there: usize, of_two: &[usize]) -> Imported {
    Imported { imported, there, of_two: of_two.to_vec() }
}

async fn events(ground: &Ground) -> i64 {
    ground.count(sql!("SELECT COUNT(*) AS n FROM audit_events WHERE action = 'users.imported'")).await
}

async fn a_user_stands_there_as_it_came(ground: &Ground) {
    let moment = |hours: i64| Timestamp::from_micros(START.as_micros() + hours * 3_600_000_000 + 7);
    let roles = ground.run(RoleIds).await;
    let new = NewRecord {
        hashed_password: Some("scrypt:32768:8:1$salt$00".to_owned()),
        display_name: Some(DisplayName::parse("Zoë 😀").unwrap()),
        metadata: Some(Metadata::parse("{\"a\":\"\\u0000\"}").unwrap()),
        active: false,
        email_verified_at: Some(moment(1)),
        sealed_mfa_secret: Some(vec![0, 255, 7]),
        must_change_password: true,
        created_at: moment(2),
        updated_at: moment(3),
        last_login: Some(moment(4)),
        locked_at: Some(moment(5)),
        password_changed_at: Some(moment(6)),
        roles: vec![roles[USER.name], roles[ADMIN.name]],
        is_administrator: true,
        ..record("zoe")
    };
    assert_eq!(ground.run(batch(vec![new.clone(), record("other")])).await, done(2, 0, &[]));
    let found = ground.run(ExportUsers { after: Uuid::nil(), limit: 10 }).await;
    assert_eq!((found.len(), ground.run(CountUsers).await), (2, 2));
    let user = found.into_iter().find(|user| user.record.account.id == new.id).unwrap();
    assert_eq!((user.hashed_password, user.sealed_mfa_secret), (new.hashed_password, new.sealed_mfa_secret));
    assert_eq!(user.email_verified_at, new.email_verified_at);
    let record = user.record;
    assert_eq!(record.roles, ["admin", "user"]);
    assert_eq!((record.locked_at, record.password_changed_at), (new.locked_at, new.password_changed_at));
    let account = record.account;
    assert_eq!(account.email.as_deref(), Some("zoe@Example.org"));
    assert_eq!(account.metadata.as_deref(), Some("{\"a\":\"\\u0000\"}"));
    assert!(!account.active && account.mfa_enabled && record.must_change_password && account.email_verified);
    assert_eq!((account.created_at, account.updated_at), (new.created_at, new.updated_at));
    assert_eq!(account.last_login, new.last_login);
    let told = sql!(
        "SELECT COUNT(*) AS n FROM audit_events WHERE action = 'users.imported' AND actor_kind = 'operator' \
         AND detail = '{\"administrators\":\"1\",\"imported\":\"2\"}'"
    );
    assert_eq!(ground.count(told).await, 1);
    let page = ground.run(ExportUsers { after: new.id, limit: 10 }).await;
    assert_eq!(page.len(), 1, "the page after a user begins behind them");
}

async fn any_number_is_imported_and_a_second_time_nobody(ground: &Ground) {
    let user = ground.run(RoleIds).await[USER.name];
    let mut all = 0;
    for count in [1, 7, 8, 31, 33, 150] {
        let row = |at| NewRecord { roles: vec![user], id_is_given: at % 2 == 0, ..record(&format!("u{count}-{at}")) };
        let rows: Vec<_> = (0..count).map(row).collect();
        let holders = Arc::new(rows.clone());
        assert_eq!(ground.run(FindHolders(Arc::clone(&holders))).await, done(count, 0, &[]));
        assert_eq!(ground.run(batch(rows.clone())).await, done(count, 0, &[]));
        all += i64::try_from(count).unwrap();
        assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM user_roles")).await, all);
        // Of another run: other ids where none were given, and other letters of the same names.
        let again = rows.into_iter().map(|row| NewRecord {
            id: if row.id_is_given { row.id } else { Uuid::now_v7() },
            email: row.email.map(|email| Email::parse(&email.as_entered().to_uppercase()).unwrap()),
            ..row
        });
        assert_eq!(ground.run(batch(again.collect())).await, done(0, count, &[]));
        assert_eq!(ground.run(FindHolders(holders)).await, done(0, count, &[]));
    }
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM users")).await, all);
    assert_eq!(events(ground).await, 6, "a batch that makes nobody tells nothing");
}

async fn of_two_rows_with_one_name_the_first_counts(ground: &Ground) {
    let rows = vec![record("ada"), record("bob"), NewRecord { username: None, ..record("ada") }];
    assert_eq!(ground.run(FindHolders(Arc::new(rows.clone()))).await, done(2, 1, &[]));
    assert_eq!(ground.run(batch(rows)).await, done(2, 1, &[]));
}

async fn names_of_two_accounts_make_nobody(ground: &Ground) {
    ground.run(batch(vec![record("ada"), record("bob")])).await;
    let mixed = NewRecord { username: Some(Username::parse("bob").unwrap()), ..record("ada") };
    let thief = NewRecord { id: ground.user("eve").await, id_is_given: true, ..record("bob") };
    let within = NewRecord { username: Some(Username::parse("ada").unwrap()), ..record("new") };
    let rows = vec![mixed, record("new"), thief, within];
    assert_eq!(ground.run(FindHolders(Arc::new(rows.clone()))).await, done(1, 0, &[0, 2, 3]));
    assert_eq!(ground.run(batch(rows)).await, done(1, 0, &[0, 2, 3]));
}

async fn a_batch_whose_commit_was_not_heard_says_what_it_did(ground: &Ground) {
    let given = NewRecord { id_is_given: true, ..record("given") };
    ground.run(batch(vec![record("before")])).await;
    let rows = vec![record("one"), given, record("before"), record("two")];
    let unit = batch(rows.clone());
    let ImportUsers { rows: held, event } = &unit;
    let again = ImportUsers { rows: Arc::clone(held), event: event.clone() };
    assert_eq!(ground.run(unit).await, done(3, 1, &[]));
    assert_eq!(ground.run(again).await, done(3, 1, &[]), "the same unit, run once more");
    assert_eq!(ground.run(batch(rows)).await, done(0, 4, &[]), "another unit with the same users");
    assert_eq!(events(ground).await, 2);
}

/// Both look, and both find nobody there: one of them has to look again.
async fn two_imports_at_once_make_everybody_once(ground: &Ground) {
    let other = ground.second_node().await;
    let mut made = 0;
    for round in 0..ROUNDS {
        let rows: Vec<_> = (0..40).map(|at| record(&format!("r{round}-{at}"))).collect();
        let one = ground.run(batch(rows.clone()));
        let again = rows.into_iter().rev().map(|row| NewRecord { id: Uuid::now_v7(), ..row }).collect();
        let two = other.run(batch(again), Deadline::within(UNIT_PATIENCE));
        let (one, two) = tokio::join!(one, two);
        let two = two.unwrap();
        assert_eq!((one.imported + two.imported, one.there + two.there), (40, 40), "{one:?} {two:?}");
        made += 40;
    }
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM users")).await, made);
    other.close().await;
}
