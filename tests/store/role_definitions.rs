//! Roles as administrators look after them, and who holds them.

use keystead::domain::clock::Timestamp;
use keystead::domain::page::PageRequest;
use keystead::domain::permission::Permissions;
use keystead::domain::revocation::{Revocation, What};
use keystead::domain::role::Role;
use keystead::sql;
use keystead::store::revocations::RevocationsAfter;
use keystead::store::role_definitions::{
    CreateRole, DeleteRole, FindRole, ListRoles, ReplaceRole, RoleCreated, RoleDeleted, RoleReplaced,
};
use keystead::store::role_holders::{AssignRole, Assigned, Assignment, FindHolding};
use keystead::store::roles::FindGrants;
use keystead::store::users::FindUser;
use uuid::Uuid;

use crate::ground::{ACCESS_TTL, Ground, LOCK, START};
use crate::lost_answers::Detour;

on_each_database! {
    a_role_is_found_as_it_was_made_and_listed_the_latest_first,
    a_role_is_changed_if_it_is_what_was_seen,
    a_role_goes_with_its_grants,
    a_role_is_given_once_and_taken_once,
    an_administrator_is_always_left,
}

on_each_server! {
    what_was_done_is_known_when_the_answer_was_lost,
}

fn role(name: &str, permissions: &str) -> Role {
    let permissions = Permissions::parse(permissions).unwrap();
    Role { id: Uuid::now_v7(), name: name.to_owned(), description: None, permissions, built_in: false }
}

async fn made(ground: &Ground, name: &str, permissions: &str) -> Role {
    let role = role(name, permissions);
    assert_eq!(ground.run(CreateRole(role.clone())).await, RoleCreated::Yes);
    role
}

async fn find(ground: &Ground, name: &str) -> Option<Role> {
    ground.run(FindRole { name: name.to_owned() }).await
}

async fn log(ground: &Ground) -> Vec<Revocation> {
    ground.run(RevocationsAfter { at: Timestamp::default(), id: Uuid::nil(), limit: 10 }).await
}

fn replace(seen: &Role, role: &Role) -> ReplaceRole {
    ReplaceRole { seen: seen.etag(), role: role.clone(), access_ttl: ACCESS_TTL }
}

fn assign(user_id: Uuid, role: &Role, assignment: Assignment) -> AssignRole {
    AssignRole { user_id, role: role.clone(), assignment, by: Some(Uuid::nil()), access_ttl: ACCESS_TTL }
}

async fn a_role_is_found_as_it_was_made_and_listed_the_latest_first(ground: &Ground) {
    let reader = Role { description: Some("Reads".to_owned()), ..role("reader", "notes:read notes:list") };
    for _ in 0..2 {
        assert_eq!(ground.run(CreateRole(reader.clone())).await, RoleCreated::Yes);
    }
    assert_eq!(ground.run(CreateRole(role("reader", ""))).await, RoleCreated::NameTaken);
    assert_eq!(find(ground, "reader").await, Some(reader));
    assert_eq!(find(ground, "Reader").await, None);
    made(ground, "idle", "").await;
    let mut names = Vec::new();
    let mut after = None;
    loop {
        let page = PageRequest::new(Some(2), after).unwrap();
        let page = ground.run(ListRoles { page }).await;
        names.extend(page.items.into_iter().map(|role| (role.name, role.permissions.iter().count())));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let expected = [("idle", 0), ("reader", 2), ("auditor", 7), ("user", 0), ("admin", 1)];
    assert_eq!(names, expected.map(|(name, permissions)| (name.to_owned(), permissions)));
}

async fn a_role_is_changed_if_it_is_what_was_seen(ground: &Ground) {
    let before = made(ground, "reader", "a:b b:c").await;
    let described = Role { description: Some("x".to_owned()), ..before.clone() };
    assert_eq!(ground.run(replace(&before, &described)).await, RoleReplaced::Yes(None), "nobody may more or less");
    let after = Role { permissions: Permissions::parse("b:c c:d").unwrap(), ..described.clone() };
    assert_eq!(ground.run(replace(&before, &after)).await, RoleReplaced::Overtaken);
    let RoleReplaced::Yes(Some(told)) = ground.run(replace(&described, &after)).await else { panic!("not told") };
    assert_eq!((told.what, told.at, told.reason.as_str()), (What::AllClaims, START, "role_changed"));
    assert_eq!((find(ground, "reader").await, log(ground).await), (Some(after.clone()), vec![told]));
    assert_eq!(ground.run(replace(&described, &after)).await, RoleReplaced::Yes(None), "it is so already");
    let gone = Role { id: Uuid::now_v7(), ..after };
    assert_eq!(ground.run(replace(&gone, &gone)).await, RoleReplaced::NoSuchRole);
}

async fn a_role_goes_with_its_grants(ground: &Ground) {
    let (reader, other) = (made(ground, "reader", "a:b").await, made(ground, "other", "a:b").await);
    let ada = ground.user("ada").await;
    for role in [&reader, &other] {
        assert!(matches!(ground.run(assign(ada, role, Assignment::Grant)).await, Assigned::Yes(_)));
    }
    let delete = |seen: &Role| DeleteRole { id: reader.id, seen: seen.etag(), access_ttl: ACCESS_TTL };
    assert_eq!(ground.run(delete(&other)).await, RoleDeleted::Overtaken);
    let RoleDeleted::Yes(told) = ground.run(delete(&reader)).await else { panic!("not deleted") };
    assert_eq!((told.what, told.reason.as_str()), (What::AllClaims, "role_deleted"));
    assert_eq!(ground.run(delete(&reader)).await, RoleDeleted::NoSuchRole);
    assert_eq!(ground.run(FindGrants { user_id: ada }).await.roles, ["other", "user"]);
    assert_eq!(ground.run(assign(ada, &reader, Assignment::Grant)).await, Assigned::NoSuchRole);
    assert_eq!(ground.run(assign(ada, &reader, Assignment::Withdraw)).await, Assigned::Already);
}

async fn a_role_is_given_once_and_taken_once(ground: &Ground) {
    let (reader, ada) = (made(ground, "reader", "a:b").await, ground.user("ada").await);
    let version = async || ground.run(FindUser { id: ada }).await.unwrap().standing().claims_version;
    let Assigned::Yes(told) = ground.run(assign(ada, &reader, Assignment::Grant)).await else { panic!("not given") };
    assert_eq!((told.what, told.reason.as_str()), (What::Claims { user_id: ada, version: 1 }, "role_granted"));
    assert_eq!(ground.run(assign(ada, &reader, Assignment::Grant)).await, Assigned::Already);
    let held = ground.run(FindHolding { user_id: ada, role_id: reader.id }).await.unwrap();
    assert_eq!((held.granted_at, held.granted_by), (START, Some(Uuid::nil())));
    assert!(matches!(ground.run(assign(ada, &reader, Assignment::Withdraw)).await, Assigned::Yes(_)));
    assert_eq!(ground.run(assign(ada, &reader, Assignment::Withdraw)).await, Assigned::Already);
    assert_eq!((version().await, ground.run(FindHolding { user_id: ada, role_id: reader.id }).await), (2, None));
    assert_eq!(ground.run(assign(Uuid::now_v7(), &reader, Assignment::Grant)).await, Assigned::NoSuchUser);
}

async fn an_administrator_is_always_left(ground: &Ground) {
    let admin = find(ground, "admin").await.unwrap();
    let (ada, bob) = (ground.administrator("ada").await, ground.administrator("bob").await);
    ground.run(crate::ground::Change(LOCK, bob)).await;
    assert_eq!(ground.run(assign(ada, &admin, Assignment::Withdraw)).await, Assigned::LastAdministrator);
    assert!(matches!(ground.run(assign(bob, &admin, Assignment::Withdraw)).await, Assigned::Yes(_)));
    assert_eq!(ground.run(assign(ada, &admin, Assignment::Withdraw)).await, Assigned::LastAdministrator);
    assert_eq!(ground.count(sql!("SELECT claims_version AS n FROM users WHERE email = 'ada@example.org'")).await, 0);
}

async fn what_was_done_is_known_when_the_answer_was_lost(ground: &Ground) {
    let detour = Detour::of(ground).await;
    let (reader, ada) = (made(ground, "reader", "a:b").await, ground.user("ada").await);
    let granted = detour.lose("COMMIT", assign(ada, &reader, Assignment::Grant)).await.unwrap();
    let Assigned::Yes(granted) = granted else { panic!("{granted:?}") };
    let emptied = Role { permissions: Permissions::default(), ..reader.clone() };
    let replaced = detour.lose("COMMIT", replace(&reader, &emptied)).await.unwrap();
    let RoleReplaced::Yes(Some(replaced)) = replaced else { panic!("{replaced:?}") };
    let delete = DeleteRole { id: reader.id, seen: emptied.etag(), access_ttl: ACCESS_TTL };
    let deleted = detour.lose("COMMIT", delete).await.unwrap();
    let RoleDeleted::Yes(deleted) = deleted else { panic!("{deleted:?}") };
    let mut told = log(ground).await;
    told.sort_by_key(|revocation| revocation.id);
    assert_eq!(told, [granted, replaced, deleted]);
}
