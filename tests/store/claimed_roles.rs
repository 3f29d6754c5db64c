//! Roles by what a provider says of somebody: those that it decides about, and no others.

use keystead::domain::clock::Timestamp;
use keystead::domain::revocation::{Revocation, What};
use keystead::domain::role::BuiltInRole;
use keystead::store::claimed_roles::ClaimRoles;
use keystead::store::revocations::RevocationsAfter;
use keystead::store::roles::{EnsureRole, FindGrants};
use keystead::store::users::FindUser;
use uuid::Uuid;

use crate::ground::{ACCESS_TTL, Ground};
use crate::lost_answers::Detour;

on_each_database! {
    what_is_claimed_is_held_and_nothing_else_is_touched,
    the_last_administrator_stays_whatever_is_claimed,
}

on_each_server! {
    a_lost_answer_raises_the_version_once,
}

const EDITOR: BuiltInRole = BuiltInRole { name: "editor", description: "Edits", permissions: &[] };

fn claim(user_id: Uuid, held: &[&str]) -> ClaimRoles {
    let governed = ["admin", "editor", "nothing"].map(str::to_owned).to_vec();
    let held = held.iter().map(|role| (*role).to_owned()).collect();
    ClaimRoles { user_id, governed, held, access_ttl: ACCESS_TTL }
}

async fn roles(ground: &Ground, user_id: Uuid) -> Vec<String> {
    ground.run(FindGrants { user_id }).await.roles
}

async fn version(ground: &Ground, id: Uuid) -> i64 {
    ground.run(FindUser { id }).await.unwrap().standing().claims_version
}

async fn log(ground: &Ground) -> Vec<Revocation> {
    ground.run(RevocationsAfter { at: Timestamp::default(), id: Uuid::nil(), limit: 10 }).await
}

async fn what_is_claimed_is_held_and_nothing_else_is_touched(ground: &Ground) {
    ground.run(EnsureRole(EDITOR)).await;
    let (ada, bob) = (ground.user("ada").await, ground.user("bob").await);
    ground.administrator("kim").await;
    assert_eq!(ground.run(claim(ada, &[])).await, None, "nothing to do");
    let told = ground.run(claim(ada, &["editor", "admin"])).await.unwrap();
    assert_eq!((told.what, told.reason.as_str()), (What::Claims { user_id: ada, version: 1 }, "role_claims_changed"));
    assert_eq!(roles(ground, ada).await, ["admin", "editor", "user"]);
    assert_eq!(ground.run(claim(ada, &["admin", "editor"])).await, None, "as before");
    assert!(ground.run(claim(ada, &["editor"])).await.is_some());
    assert_eq!(roles(ground, ada).await, ["editor", "user"]);
    // A role that there is not, and one that the provider has no say in.
    assert_eq!(ground.run(claim(ada, &["editor", "nothing", "user"])).await, None);
    assert!(ground.run(claim(ada, &[])).await.is_some());
    assert_eq!(roles(ground, ada).await, ["user"]);
    assert_eq!((version(ground, ada).await, log(ground).await.len()), (3, 3));
    assert_eq!((version(ground, bob).await, roles(ground, bob).await), (0, vec!["user".to_owned()]));
}

async fn the_last_administrator_stays_whatever_is_claimed(ground: &Ground) {
    let ada = ground.administrator("ada").await;
    assert_eq!(ground.run(claim(ada, &[])).await, None);
    assert_eq!((roles(ground, ada).await, version(ground, ada).await), (vec!["admin".to_owned()], 0));
    ground.administrator("bob").await;
    assert!(ground.run(claim(ada, &[])).await.is_some());
    assert!(roles(ground, ada).await.is_empty());
}

async fn a_lost_answer_raises_the_version_once(ground: &Ground) {
    let detour = Detour::of(ground).await;
    let ada = ground.user("ada").await;
    let told = detour.lose("COMMIT", claim(ada, &["admin"])).await.unwrap().unwrap();
    assert_eq!((version(ground, ada).await, log(ground).await), (1, vec![told]));
}
