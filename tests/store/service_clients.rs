//! `service_clients`: programs that sign in for themselves.

use std::time::Duration;

use keystead::domain::page::PageRequest;
use keystead::domain::revocation::What;
use keystead::sql;
use keystead::store::service_clients::{
    ClientCreated, ClientRow, CreateClient, DeleteClient, FindClient, FindClientRecord, ListClients, NoteClientUse,
    RotateClientSecret,
};
use uuid::Uuid;

use crate::ground::{ACCESS_TTL, Ground, START};

on_each_database! {
    a_client_is_found_as_it_was_made,
    a_name_is_taken_once,
    use_is_noted_at_a_pace,
    a_client_is_listed_gets_another_secret_and_goes,
}

fn client(name: &str) -> ClientRow {
    ClientRow {
        id: Uuid::now_v7(),
        name: name.to_owned(),
        secret_hash: vec![0xFE; 32],
        permissions: "notes:read notes:write".to_owned(),
        active: true,
    }
}

async fn a_client_is_found_as_it_was_made(ground: &Ground) {
    let made = client("reports");
    for _ in 0..2 {
        assert_eq!(ground.run(CreateClient(made.clone())).await, ClientCreated::Yes);
    }
    let found = ground.run(FindClient { id: made.id }).await.unwrap();
    assert_eq!((found.id, found.name, found.active), (made.id, made.name, true));
    assert_eq!((found.secret_hash, found.permissions), (made.secret_hash, made.permissions));
    assert!(ground.run(FindClient { id: Uuid::now_v7() }).await.is_none());
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM service_clients")).await, 1);
}

async fn a_name_is_taken_once(ground: &Ground) {
    // Compared byte by byte: nothing of this is one and the same to a computer.
    for name in ["reports", "Reports", "réports", "re\u{301}ports", "strasse", "straße"] {
        assert_eq!(ground.run(CreateClient(client(name))).await, ClientCreated::Yes, "{name}");
        assert_eq!(ground.run(CreateClient(client(name))).await, ClientCreated::NameTaken, "{name}");
    }
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM service_clients")).await, 6);
}

async fn use_is_noted_at_a_pace(ground: &Ground) {
    let made = client("reports");
    ground.run(CreateClient(made.clone())).await;
    let pace = Duration::from_mins(1);
    let note = || NoteClientUse { id: made.id, pace };
    assert_eq!(ground.run(note()).await, 1);
    assert_eq!(ground.run(note()).await, 0);
    ground.clock.advance(pace);
    assert_eq!(ground.run(note()).await, 0);
    ground.clock.advance(Duration::from_micros(1));
    assert_eq!(ground.run(note()).await, 1);
    assert_eq!(ground.run(NoteClientUse { id: Uuid::now_v7(), pace }).await, 0);
}

async fn a_client_is_listed_gets_another_secret_and_goes(ground: &Ground) {
    let (first, second) = (client("one"), client("two"));
    for made in [&first, &second] {
        ground.run(CreateClient(made.clone())).await;
    }
    let page = ground.run(ListClients { page: PageRequest::new(Some(1), None).unwrap() }).await;
    assert_eq!((page.items.len(), page.items[0].id), (1, second.id), "the latest first");
    let page = ground.run(ListClients { page: PageRequest::new(Some(1), page.next).unwrap() }).await;
    let (found, is_end) = (&page.items[0], page.next.is_none());
    assert_eq!((found.name.as_str(), found.created_at, found.last_used_at, is_end), ("one", START, None, true));
    assert_eq!(found.permissions.to_string(), first.permissions);
    let found = Some(found.clone());
    assert_eq!(ground.run(FindClientRecord::Id(first.id)).await, found);
    assert_eq!(ground.run(FindClientRecord::Name("one".to_owned())).await, found);
    assert_eq!(ground.run(FindClientRecord::Name("none".to_owned())).await, None);
    assert_eq!(ground.run(RotateClientSecret { id: first.id, secret_hash: [1; 32] }).await, 1);
    assert_eq!(ground.run(FindClient { id: first.id }).await.unwrap().secret_hash, vec![1; 32]);
    assert_eq!(ground.run(FindClient { id: second.id }).await.unwrap().secret_hash, second.secret_hash);
    let delete = || DeleteClient { id: first.id, access_ttl: ACCESS_TTL };
    let told = ground.run(delete()).await.unwrap();
    assert_eq!((told.what, told.reason.as_str()), (What::Claims { user_id: first.id, version: 1 }, "client_deleted"));
    assert!(ground.run(delete()).await.is_none() && ground.run(FindClient { id: first.id }).await.is_none());
    assert_eq!(ground.run(RotateClientSecret { id: first.id, secret_hash: [2; 32] }).await, 0);
    assert!(ground.run(FindClient { id: second.id }).await.is_some());
}
