//! `users`: one account a name, whoever asks how often.

use keystead::domain::account::NewAccount;
use keystead::domain::email::Email;
use keystead::domain::role::{ADMIN, USER};
use keystead::domain::username::{Identifier, Username};
use keystead::sql;
use keystead::store::error::StoreError;
use keystead::store::roles::FindGrants;
use keystead::store::users::{CreateUser, Created, FindCredentials, FindUser, WhoHolds};
use uuid::Uuid;

use crate::ground::{Change, DISABLE, Ground, LOCK, START, account, named};

on_each_database! {
    an_account_is_found_as_it_was_made,
    a_name_is_taken_once,
    an_account_that_is_made_twice_is_there_once,
    a_role_that_is_missing_makes_no_account,
    keys_that_are_one_to_a_person_are_one_to_the_database,
    who_holds_a_name_is_told_beforehand,
    where_an_account_stands_is_told,
}

async fn create(ground: &Ground, account: NewAccount) -> Created {
    ground.run(CreateUser { account, role: USER.name }).await
}

async fn an_account_is_found_as_it_was_made(ground: &Ground) {
    let new = NewAccount {
        username: Some(Username::parse("Zoë_1").unwrap()),
        hashed_password: Some("$argon2id$v=19$…".to_owned()),
        display_name: Some(keystead::domain::profile::DisplayName::parse("Zoë 😀").unwrap()),
        metadata: Some(keystead::domain::profile::Metadata::parse("{\"a\":\"\\u0000\"}").unwrap()),
        ..account("Zoë@Example.org")
    };
    assert_eq!(create(ground, new.clone()).await, Created::Yes);
    for name in ["zoë@example.ORG", "ZOË_1"] {
        let found = ground.run(FindCredentials(Identifier::parse(name).unwrap())).await.unwrap();
        assert_eq!(found.hashed_password, new.hashed_password);
        assert_eq!(found.user.standing().user_id, new.id);
        let account = found.user.account();
        assert_eq!(
            format!("{account:?}"),
            format!("{:?}", new.as_made()),
            "what its maker is told is what stands there"
        );
        assert_eq!(account.email.as_deref(), Some("Zoë@Example.org"));
        assert_eq!(account.username.as_deref(), Some("Zoë_1"));
        assert_eq!(account.display_name.as_deref(), Some("Zoë 😀"));
        assert_eq!(account.metadata.as_deref(), Some("{\"a\":\"\\u0000\"}"));
        assert_eq!((account.created_at, account.updated_at, account.last_login), (START, START, None));
        assert!(account.active && !account.email_verified && !account.mfa_enabled);
    }
    assert_eq!(ground.run(FindGrants { user_id: new.id }).await.roles, [USER.name]);
    assert!(ground.run(FindUser { id: new.id }).await.is_some());
    assert!(ground.run(FindUser { id: Uuid::now_v7() }).await.is_none());
    assert!(ground.run(FindCredentials(Identifier::parse("nobody").unwrap())).await.is_none());
}

async fn a_name_is_taken_once(ground: &Ground) {
    let both = NewAccount { username: Some(Username::parse("ada").unwrap()), ..account("ada@example.org") };
    assert_eq!(create(ground, both.clone()).await, Created::Yes);
    assert_eq!(create(ground, account("ADA@example.org")).await, Created::EmailTaken);
    assert_eq!(create(ground, named("Ada")).await, Created::UsernameTaken);
    let of_two = NewAccount { id: Uuid::now_v7(), ..both };
    assert_eq!(create(ground, of_two).await, Created::EmailTaken);
    let username = Some(Username::parse("ADA").unwrap());
    assert_eq!(create(ground, NewAccount { username, ..account("b@example.org") }).await, Created::UsernameTaken);
    // Nothing is no name: any number of accounts have no e-mail address, and any number no username.
    for name in ["grace", "hedy"] {
        assert_eq!(create(ground, named(name)).await, Created::Yes);
        assert_eq!(create(ground, account(&format!("{name}@example.org"))).await, Created::Yes);
    }
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM users")).await, 5);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM user_roles")).await, 5);
}

async fn an_account_that_is_made_twice_is_there_once(ground: &Ground) {
    let new = account("ada@example.org");
    assert_eq!(create(ground, new.clone()).await, Created::Yes);
    assert_eq!(create(ground, new.clone()).await, Created::Yes);
    assert_eq!(create(ground, NewAccount { id: Uuid::now_v7(), ..new }).await, Created::EmailTaken);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM users")).await, 1);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM user_roles")).await, 1);
}

async fn a_role_that_is_missing_makes_no_account(ground: &Ground) {
    let refused = ground.try_run(CreateUser { account: account("ada@example.org"), role: "astronaut" }).await;
    assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM users")).await, 0);
}

/// What the type `Email` takes for one address has one key, and what it tells apart has two, also where the database
/// would see it otherwise: 'ß' and 'ss', 'é' and 'e', 'ı' and 'i'.
async fn keys_that_are_one_to_a_person_are_one_to_the_database(ground: &Ground) {
    let one = [
        ("straße@a.org", "STRASSE@A.org"),
        ("Édith@a.org", "e\u{301}dith@a.org"),
        ("ὈΔΥΣΣΕΎΣ@a.org", "ὀδυσσεύς@a.org"),
    ];
    for (first, again) in one {
        assert_eq!(create(ground, account(first)).await, Created::Yes, "{first}");
        assert_eq!(create(ground, account(again)).await, Created::EmailTaken, "{again}");
    }
    for other in
        ["strase@a.org", "edith@a.org", "ÈDITH@a.org", "i@a.org", "ı@a.org", "аda@a.org", "ada@a.org", "ꜳ@a.org"]
    {
        assert_eq!(create(ground, account(other)).await, Created::Yes, "{other}");
    }
    for (first, again) in [("Groß", "GROSS"), ("ｆｕｌｌ", "full"), ("ﬁrst", "FIRST")] {
        assert_eq!(create(ground, named(first)).await, Created::Yes, "{first}");
        assert_eq!(create(ground, named(again)).await, Created::UsernameTaken, "{again}");
    }
    for other in ["gros", "groß-", "groß_", "fırst", "Fulla"] {
        assert_eq!(create(ground, named(other)).await, Created::Yes, "{other}");
    }
}

async fn who_holds_a_name_is_told_beforehand(ground: &Ground) {
    let held = NewAccount { username: Some(Username::parse("ada").unwrap()), ..account("ada@example.org") };
    assert_eq!(create(ground, held.clone()).await, Created::Yes);
    let ask = |id, email: &str, username: Option<&str>| WhoHolds {
        id,
        email: Some(Email::parse(email).unwrap()),
        username: username.map(|name| Username::parse(name).unwrap()),
    };
    let me = Uuid::now_v7();
    assert_eq!(ground.run(ask(me, "b@example.org", Some("bob"))).await, Created::Yes);
    assert_eq!(ground.run(ask(me, "Ada@example.org", Some("bob"))).await, Created::EmailTaken);
    assert_eq!(ground.run(ask(me, "b@example.org", Some("ADA"))).await, Created::UsernameTaken);
    assert_eq!(ground.run(ask(me, "ada@example.org", Some("ada"))).await, Created::EmailTaken);
    assert_eq!(ground.run(ask(held.id, "ada@example.org", Some("ada"))).await, Created::Yes);
    assert_eq!(ground.run(WhoHolds { id: me, email: None, username: None }).await, Created::Yes);
}

async fn where_an_account_stands_is_told(ground: &Ground) {
    let id = ground.administrator("ada").await;
    assert_eq!(ground.run(FindGrants { user_id: id }).await.roles, [ADMIN.name]);
    let standing = ground.run(FindUser { id }).await.unwrap().standing();
    assert!(standing.active && !standing.locked && !standing.must_change_password);
    assert_eq!((standing.auth_epoch, standing.claims_version), (0, 0));
    ground.run(Change(LOCK, id)).await;
    assert!(ground.run(FindUser { id }).await.unwrap().standing().locked);
    ground.run(Change(DISABLE, id)).await;
    assert!(!ground.run(FindUser { id }).await.unwrap().standing().active);
}
