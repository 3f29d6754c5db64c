//! `roles`, `role_permissions`, `user_roles`.

use keystead::domain::role::{ADMIN, BUILT_IN, BuiltInRole, Grants};
use keystead::sql;
use keystead::store::roles::{EnsureRole, FindGrants, HasAdministrator};
use uuid::Uuid;

use crate::ground::{Change, Ground};

on_each_database! {
    a_role_is_made_once_and_completed_later,
    what_a_user_may_do_is_the_sum_of_its_roles,
    an_administrator_is_one_who_holds_the_role,
}

async fn a_role_is_made_once_and_completed_later(ground: &Ground) {
    for role in BUILT_IN {
        assert!(!ground.run(EnsureRole(role)).await, "the ground has made it already");
    }
    let role = |permissions| BuiltInRole { name: "reader", description: "Reads", permissions };
    assert!(ground.run(EnsureRole(role(&["notes:read"]))).await);
    assert!(!ground.run(EnsureRole(role(&["notes:read"]))).await);
    assert!(ground.run(EnsureRole(role(&["notes:read", "notes:list"]))).await);
    // What somebody has given to it is not taken away.
    assert!(!ground.run(EnsureRole(role(&[]))).await);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM roles")).await, 4);
    let of_readers =
        sql!("SELECT COUNT(*) AS n FROM role_permissions p JOIN roles r ON r.id = p.role_id WHERE r.name = 'reader'");
    assert_eq!(ground.count(of_readers).await, 2);
}

async fn what_a_user_may_do_is_the_sum_of_its_roles(ground: &Ground) {
    let ada = ground.user("ada").await;
    let alone = ground.run(FindGrants { user_id: ada }).await;
    assert_eq!((alone.roles, alone.permissions.is_empty()), (vec!["user".to_owned()], true));
    let permissions = &["notes:read", "notes:list", "NOT A PERMISSION"];
    ground.run(EnsureRole(BuiltInRole { name: "reader", description: "Reads", permissions })).await;
    let grant =
        sql!("INSERT INTO user_roles (user_id, role_id, granted_at) SELECT ?, id, 0 FROM roles WHERE name = 'reader'");
    ground.run(Change(grant, ada)).await;
    let both = ground.run(FindGrants { user_id: ada }).await;
    assert_eq!(both.roles, ["reader", "user"]);
    assert_eq!(both.permissions.to_string(), "notes:list notes:read", "what cannot be read grants nothing");
    assert_eq!(ground.run(FindGrants { user_id: Uuid::now_v7() }).await, Grants::default());
}

async fn an_administrator_is_one_who_holds_the_role(ground: &Ground) {
    ground.user("ada").await;
    assert!(!ground.run(HasAdministrator).await);
    let grace = ground.administrator("grace").await;
    assert!(ground.run(HasAdministrator).await);
    assert_eq!(ground.run(FindGrants { user_id: grace }).await.roles, [ADMIN.name]);
}
