//! The part of `users` that people change themselves.

use keystead::domain::account::{Change, ProfileChange};
use keystead::domain::profile::{DisplayName, Metadata};
use keystead::domain::role::USER;
use keystead::domain::username::Username;
use keystead::store::profiles::{ChangeProfile, ProfileChanged};
use keystead::store::users::{CreateUser, FindUser};
use uuid::Uuid;

use crate::ground::{Ground, HOUR, START, named};

on_each_database! {
    what_is_named_is_set_and_the_rest_is_left,
    a_username_is_taken_once,
    a_name_to_be_found_by_stays,
    who_is_not_there_has_no_profile,
}

async fn change(ground: &Ground, user_id: Uuid, change: ProfileChange) -> ProfileChanged {
    ground.run(ChangeProfile { user_id, change }).await
}

fn username(name: &str) -> ProfileChange {
    ProfileChange { username: Change::Set(Username::parse(name).unwrap()), ..ProfileChange::default() }
}

async fn what_is_named_is_set_and_the_rest_is_left(ground: &Ground) {
    let ada = ground.user("ada").await;
    let everything = ProfileChange {
        username: Change::Set(Username::parse("Ada").unwrap()),
        display_name: Change::Set(DisplayName::parse("Ada L.").unwrap()),
        metadata: Change::Set(Metadata::parse("{\"a\":1}").unwrap()),
    };
    ground.clock.advance(HOUR);
    // Twice, as after a COMMIT that was not heard; the second time no value changes, and no database may say "0 rows".
    for _ in 0..2 {
        assert_eq!(change(ground, ada, everything.clone()).await, ProfileChanged::Yes);
    }
    let account = ground.run(FindUser { id: ada }).await.unwrap().account();
    assert_eq!(account.username.as_deref(), Some("Ada"));
    assert_eq!(account.display_name.as_deref(), Some("Ada L."));
    assert_eq!(account.metadata.as_deref(), Some("{\"a\":1}"));
    assert_eq!((account.created_at, account.updated_at), (START, START.plus(HOUR)));

    let less = ProfileChange { display_name: Change::Remove, ..ProfileChange::default() };
    assert_eq!(change(ground, ada, less).await, ProfileChanged::Yes);
    let account = ground.run(FindUser { id: ada }).await.unwrap().account();
    assert_eq!((account.username.as_deref(), account.display_name), (Some("Ada"), None));
    assert_eq!(account.metadata.as_deref(), Some("{\"a\":1}"));
    assert_eq!(account.email.as_deref(), Some("ada@example.org"));
}

async fn a_username_is_taken_once(ground: &Ground) {
    let (ada, bob) = (ground.user("ada").await, ground.user("bob").await);
    assert_eq!(change(ground, ada, username("Same")).await, ProfileChanged::Yes);
    assert_eq!(change(ground, bob, username("sAME")).await, ProfileChanged::UsernameTaken);
    assert_eq!(
        change(ground, ada, username("SAME")).await,
        ProfileChanged::Yes,
        "in another case it is still one's own"
    );
    let none = ProfileChange { username: Change::Remove, ..ProfileChange::default() };
    assert_eq!(change(ground, ada, none).await, ProfileChanged::Yes);
    assert_eq!(change(ground, bob, username("same")).await, ProfileChanged::Yes);
    // A refusal changes nothing, what came with it neither.
    let display_name = Change::Set(DisplayName::parse("Ada").unwrap());
    let with_more = ProfileChange { display_name, ..username("SAME") };
    assert_eq!(change(ground, ada, with_more).await, ProfileChanged::UsernameTaken);
    assert_eq!(ground.run(FindUser { id: ada }).await.unwrap().account().display_name, None);
}

async fn a_name_to_be_found_by_stays(ground: &Ground) {
    let account = named("ada");
    let ada = account.id;
    ground.run(CreateUser { account, role: USER.name }).await;
    let none = ProfileChange { username: Change::Remove, ..ProfileChange::default() };
    assert_eq!(change(ground, ada, none).await, ProfileChanged::UsernameNeeded);
    assert_eq!(change(ground, ada, username("ada2")).await, ProfileChanged::Yes);
}

async fn who_is_not_there_has_no_profile(ground: &Ground) {
    let nobody = Uuid::now_v7();
    assert_eq!(change(ground, nobody, username("ada")).await, ProfileChanged::NoSuchUser);
    let none = ProfileChange { username: Change::Remove, ..ProfileChange::default() };
    assert_eq!(change(ground, nobody, none).await, ProfileChanged::NoSuchUser);
    assert_eq!(change(ground, nobody, ProfileChange::default()).await, ProfileChanged::NoSuchUser);
}
