//! Looking for accounts: what is found, in which order, and page by page.

use keystead::domain::clock::Timestamp;
use keystead::domain::email::EmailPrefix;
use keystead::domain::page::PageRequest;
use keystead::domain::role::{ADMIN, USER};
use keystead::domain::user_list::{UserCursor, UserFilters, UserOrder, UserSearch};
use keystead::domain::username::{Username, UsernamePrefix};
use keystead::store::user_lists::ListUsers;
use keystead::store::users::{CreateUser, Created};
use uuid::Uuid;

use crate::ground::{Change, DISABLE, Ground, HOUR, account, named};

on_each_database! {
    each_filter_finds_its_own,
    pages_follow_each_other_in_every_order,
}

/// Their usernames, in the order in which they are found, two a page.
async fn found(ground: &Ground, filters: &UserFilters, order: Option<UserOrder>) -> Vec<String> {
    let (mut names, mut after) = (Vec::new(), None);
    for _ in 0..20 {
        let page = PageRequest::new(Some(2), None).unwrap();
        let search = UserSearch::new(filters.clone(), order, after, page).unwrap();
        let page = ground.run(ListUsers(search)).await;
        assert!(page.items.len() <= 2);
        names.extend(page.items.into_iter().map(|record| record.account.username.unwrap_or_default()));
        match page.next {
            // Through its text, as it goes to a client and back.
            Some(cursor) => after = UserCursor::parse(&cursor.to_text()),
            None => return names,
        }
    }
    panic!("no end: {names:?}");
}

/// Ann, Anna, Bob, Bobby and Eve, an hour apart; Bob is out of use, and Eve an administrator without an address.
async fn people(ground: &Ground) -> [Uuid; 5] {
    let mut ids = [Uuid::nil(); 5];
    for (place, name) in ["Ann", "Anna", "Bob", "Bobby", "Eve"].into_iter().enumerate() {
        let mut account = if name == "Eve" { named(name) } else { account(&format!("{name}@example.org")) };
        account.username = Some(Username::parse(name).unwrap());
        account.created_at = ground.clock.now();
        let role = if name == "Eve" { ADMIN.name } else { USER.name };
        ids[place] = account.id;
        assert_eq!(ground.run(CreateUser { account, role }).await, Created::Yes);
        ground.clock.advance(HOUR);
    }
    ground.run(Change(DISABLE, ids[2])).await;
    ids
}

async fn each_filter_finds_its_own(ground: &Ground) {
    people(ground).await;
    let any = UserFilters::default;
    let now = ground.clock.now();
    let role = |role: &str| UserFilters { role: Some(role.to_owned()), ..any() };
    let username = |text| UserFilters { username: UsernamePrefix::parse(text), ..any() };
    let email = |text| UserFilters { email: EmailPrefix::parse(text), ..any() };
    let cases: [(UserFilters, &[&str]); 15] = [
        (any(), &["Eve", "Bobby", "Bob", "Anna", "Ann"]),
        (username("BO"), &["Bob", "Bobby"]),
        (username("ann"), &["Ann", "Anna"]),
        (username("bobb"), &["Bobby"]),
        (UserFilters { active: Some(true), ..username("bob") }, &["Bobby"]),
        (email("ANN@EXAMPLE.ORG"), &["Ann"]),
        (email("bob"), &["Bob", "Bobby"]),
        (UserFilters { username: UsernamePrefix::parse("bobb"), ..email("b") }, &["Bobby"]),
        (role(ADMIN.name), &["Eve"]),
        (role(USER.name), &["Bobby", "Bob", "Anna", "Ann"]),
        (UserFilters { active: Some(false), ..role(USER.name) }, &["Bob"]),
        (role("nobody"), &[]),
        (UserFilters { active: Some(false), ..any() }, &["Bob"]),
        (UserFilters { created_after: Some(now.minus(2 * HOUR)), ..any() }, &["Eve", "Bobby"]),
        (UserFilters { created_before: Some(now.minus(4 * HOUR)), ..any() }, &["Ann"]),
    ];
    for (filters, expected) in cases {
        assert_eq!(found(ground, &filters, None).await, expected, "{filters:?}");
    }
    let none = UserFilters { created_before: Some(Timestamp::from_micros(0)), ..any() };
    assert!(found(ground, &none, None).await.is_empty());
}

async fn pages_follow_each_other_in_every_order(ground: &Ground) {
    let [_, anna, ..] = people(ground).await;
    let any = UserFilters::default();
    for (order, expected) in [
        (UserOrder::OldestFirst, &["Ann", "Anna", "Bob", "Bobby", "Eve"][..]),
        (UserOrder::NewestFirst, &["Eve", "Bobby", "Bob", "Anna", "Ann"]),
        (UserOrder::ByUsername, &["Ann", "Anna", "Bob", "Bobby", "Eve"]),
        (UserOrder::ByEmail, &["Ann", "Anna", "Bob", "Bobby"]),
    ] {
        assert_eq!(found(ground, &any, Some(order)).await, expected, "{order:?}");
    }
    // Two of one moment: the id tells where one page ends and the next begins.
    let same = keystead::sql!("UPDATE users SET created_at = 1 WHERE id <> ?");
    ground.run(Change(same, anna)).await;
    for order in [UserOrder::OldestFirst, UserOrder::NewestFirst] {
        let mut names = found(ground, &any, Some(order)).await;
        names.sort_unstable();
        assert_eq!(names, ["Ann", "Anna", "Bob", "Bobby", "Eve"], "{order:?}");
    }
}
