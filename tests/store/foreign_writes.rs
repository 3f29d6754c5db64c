//! Whether somebody else writes: told on SQLite, where only one can at a time, and not on servers.

use keystead::domain::clock::Deadline;
use keystead::domain::role::USER;
use keystead::sql;
use keystead::store::foreign_writes::ForeignWrites;
use keystead::store::users::CreateUser;

use crate::ground::{Ground, UNIT_PATIENCE, account};

on_each_database! {
    what_others_write_is_told_and_what_is_our_own_is_not,
}

async fn what_others_write_is_told_and_what_is_our_own_is_not(ground: &Ground) {
    let first = ground.run(ForeignWrites).await;
    for name in ["ada", "bob"] {
        ground.user(name).await;
        assert_eq!(ground.run(ForeignWrites).await, first, "our own");
    }
    // Longer than it takes until the log is copied into the file, which another connection does.
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    ground.user("dan").await;
    let other = ground.second_node().await;
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM users")).await, 3);
    assert_eq!(ground.run(ForeignWrites).await, first, "another is there, and wrote nothing");
    let create = CreateUser { account: account("eve@example.org"), role: USER.name };
    other.run(create, Deadline::within(UNIT_PATIENCE)).await.unwrap();
    assert_eq!(ground.run(ForeignWrites).await != first, ground.is_sqlite());
    other.close().await;
}
