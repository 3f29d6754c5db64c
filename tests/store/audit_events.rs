//! Events are written with what they tell of, once, and lose what is personal with its person.

use keystead::domain::audit_event::{Action, Actor, NewEvent};
use keystead::domain::own_event::OwnEvent;
use keystead::domain::page::{PageCursor, PageRequest};
use keystead::domain::username::Username;
use keystead::sql;
use keystead::store::account_deletion::{AccountDeleted, DeleteAccount};
use keystead::store::audit_events::WriteEvents;
use keystead::store::audited::audited;
use keystead::store::conn::Conn;
use keystead::store::own_events::ListOwnEvents;
use keystead::store::personal_data::FindPersonalData;
use keystead::store::query::Query;
use keystead::store::sessions::{OpenSession, Opened};
use keystead::store::users::{CreateUser, Created};
use uuid::Uuid;

use crate::ground::{ACCESS_TTL, Change, Ground, HOUR, LOCK, account};
use crate::lost_answers::Detour;

on_each_database! {
    an_event_is_written_with_what_it_tells_of,
    of_what_did_not_happen_nothing_is_told,
    an_event_is_written_once,
    what_is_personal_goes_with_its_person,
    a_person_sees_what_happened_to_them_and_not_who_else_it_was,
    any_text_comes_back,
}

on_each_server! {
    of_a_commit_that_was_not_heard_it_is_told_once,
}

const NODE: Uuid = Uuid::from_u128(77);

/// From somewhere, by somebody.
fn event(action: Action, actor: Actor) -> NewEvent {
    let mut event = NewEvent::new(NODE, action, actor);
    event.personal.ip = Some("2001:db8::7".to_owned());
    event.personal.user_agent = Some("a browser".to_owned());
    event.request_id = Some("request-1".to_owned());
    event
}

async fn counts(ground: &Ground) -> (i64, i64) {
    let events = ground.count(sql!("SELECT COUNT(*) AS n FROM audit_events")).await;
    (events, ground.count(sql!("SELECT COUNT(*) AS n FROM audit_personal")).await)
}

async fn own(ground: &Ground, user_id: Uuid) -> Vec<OwnEvent> {
    let page = PageRequest::new(Some(200), None).unwrap();
    ground.run(ListOwnEvents { user_id, page }).await.items
}

async fn an_event_is_written_with_what_it_tells_of(ground: &Ground) {
    let ada = ground.user("ada").await;
    ground.clock.advance(HOUR);
    let session = ground.new_session(ada);
    let begun = event(Action::SessionBegun, Actor::person(ada)).about(ada).session(session.id).with("amr", "pwd");
    let (id, told) = (begun.id, begun.clone());
    let opened = ground.run(audited(OpenSession(session.clone()), move |_| Some(told.clone()))).await;
    assert_eq!(opened, Opened::Yes(Vec::new()), "the outcome is the unit's own");
    let [found] = &own(ground, ada).await[..] else { panic!("one event") };
    assert_eq!((found.id, found.at, found.session_id), (id, ground.clock.now(), Some(session.id)));
    assert_eq!(
        (found.action.as_str(), found.outcome.as_str(), found.actor_kind.as_str()),
        ("session.begun", "success", "person")
    );
    assert_eq!((found.detail.as_str(), found.request_id.as_deref()), (r#"{"amr":"pwd"}"#, Some("request-1")));
    assert_eq!(found.personal, begun.personal);
    let unsealed = sql!("SELECT COUNT(*) AS n FROM audit_events WHERE seal IS NULL AND place IS NULL AND link IS NULL");
    assert_eq!(ground.count(unsealed).await, 1);
    // What has nothing personal about it has no row for that.
    ground.run(WriteEvents(vec![NewEvent::new(NODE, Action::NodeStarted, Actor::SYSTEM)])).await;
    assert_eq!(counts(ground).await, (2, 1));
}

/// Something else that fails in the same unit, after all that was to be done.
struct ThenFail<Q>(Q);

impl<Q: Query> Query for ThenFail<Q> {
    type Output = Q::Output;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Q::Output> {
        self.0.run(conn).await?;
        Err(sqlx::Error::RowNotFound)
    }
}

async fn of_what_did_not_happen_nothing_is_told(ground: &Ground) {
    let ada = ground.user("ada").await;
    let tell = |event: NewEvent| move |opened: &Opened| matches!(opened, Opened::Yes(_)).then(|| event.clone());
    let begun = || event(Action::SessionBegun, Actor::person(ada)).about(ada);
    let open = || OpenSession(ground.new_session(ada));
    // Rolled back after the event was written, and before there was anything to tell of.
    assert!(ground.try_run(ThenFail(audited(open(), tell(begun())))).await.is_err());
    assert!(ground.try_run(audited(ThenFail(open()), tell(begun()))).await.is_err());
    ground.run(Change(LOCK, ada)).await;
    assert_eq!(ground.run(audited(open(), tell(begun()))).await, Opened::Refused);
    assert_eq!(counts(ground).await, (0, 0));
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM sessions")).await, 0);
}

async fn an_event_is_written_once(ground: &Ground) {
    let ada = ground.user("ada").await;
    let session = ground.new_session(ada);
    let begun = event(Action::SessionBegun, Actor::person(ada)).about(ada);
    for _ in 0..3 {
        let begun = begun.clone();
        ground.run(audited(OpenSession(session.clone()), move |_| Some(begun.clone()))).await;
    }
    ground.run(WriteEvents(vec![begun.clone(), begun])).await;
    assert_eq!(counts(ground).await, (1, 1));
}

async fn of_a_commit_that_was_not_heard_it_is_told_once(ground: &Ground) {
    let detour = Detour::of(ground).await;
    let ada = ground.user("ada").await;
    let session = ground.new_session(ada);
    let begun = event(Action::SessionBegun, Actor::person(ada)).about(ada);
    let unit = audited(OpenSession(session), move |_| Some(begun.clone()));
    assert_eq!(detour.lose("COMMIT", unit).await.unwrap(), Opened::Yes(Vec::new()));
    assert_eq!(counts(ground).await, (1, 1));
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM sessions")).await, 1);
}

async fn what_is_personal_goes_with_its_person(ground: &Ground) {
    let mut grace = account("grace@example.org");
    grace.username = Some(Username::parse("Grace").unwrap());
    let (grace, ada) = (
        {
            let id = grace.id;
            assert_eq!(ground.run(CreateUser { account: grace, role: "user" }).await, Created::Yes);
            id
        },
        ground.user("ada").await,
    );
    let failed = |name: &str| event(Action::SignInFailed, Actor::NOBODY).identifier(name).refused("unknown");
    ground
        .run(WriteEvents(vec![
            event(Action::SessionBegun, Actor::person(grace)).about(grace),
            failed("grace@example.org").about(grace),
            // From before there was the account, and by the other name.
            failed("grace@example.org"),
            failed("grace"),
            failed("ada@example.org").about(ada),
            event(Action::RoleGranted, Actor::person(ada)).about(grace),
        ]))
        .await;
    assert_eq!(counts(ground).await, (6, 6));
    let deleted = event(Action::UserDeleted, Actor::person(grace)).about(grace).impersonal();
    let unit = audited(DeleteAccount { user_id: grace, access_ttl: ACCESS_TTL }, move |_| Some(deleted.clone()));
    assert!(matches!(ground.run(unit).await, AccountDeleted::Yes(_)));
    assert_eq!(counts(ground).await, (7, 2), "the events stay, and what is ada's");
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM audit_personal WHERE person_id IS NULL")).await, 0);
}

async fn a_person_sees_what_happened_to_them_and_not_who_else_it_was(ground: &Ground) {
    let (ada, root) = (ground.user("ada").await, ground.administrator("root").await);
    let mut expected = Vec::new();
    for number in 0..7 {
        // Two of each moment: then the ids decide.
        if number % 2 == 0 {
            ground.clock.advance(HOUR);
        }
        let event = match number % 3 {
            0 => event(Action::SignInFailed, Actor::NOBODY).refused("wrong_password"),
            1 => event(Action::SessionBegun, Actor::person(ada)),
            _ => event(Action::RoleGranted, Actor::person(root)),
        };
        expected.push(event.id);
        ground.run(WriteEvents(vec![event.about(ada)])).await;
    }
    ground.run(WriteEvents(vec![event(Action::SessionBegun, Actor::person(root)).about(root)])).await;
    expected.reverse();
    let (mut found, mut after) = (Vec::new(), None::<PageCursor>);
    loop {
        let page = PageRequest::new(Some(2), after).unwrap();
        let page = ground.run(ListOwnEvents { user_id: ada, page }).await;
        found.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(found.iter().map(|event| event.id).collect::<Vec<_>>(), expected);
    for event in &found {
        let told = (event.by_owner, event.personal.ip.is_some());
        let expected = match event.action.as_str() {
            "session.begun" => (true, true),
            "sign_in.failed" => (false, true),
            _ => (false, false),
        };
        assert_eq!(told, expected, "{event:?}");
    }
    let data = ground.run(FindPersonalData { user_id: ada }).await.unwrap();
    assert_eq!(data.events.iter().rev().map(|event| event.id).collect::<Vec<_>>(), expected);
}

async fn any_text_comes_back(ground: &Ground) {
    let ada = ground.user("ada").await;
    let name = "ä☃\u{10ffff}'\"\\ ".repeat(40);
    let mut told =
        event(Action::UserChanged, Actor::person(ada)).about(ada).with("text", name.clone()).identifier(&name);
    told.personal.user_agent = Some("x".repeat(512));
    ground.run(WriteEvents(vec![told.clone()])).await;
    let [found] = &own(ground, ada).await[..] else { panic!("one event") };
    assert_eq!(found.personal, told.personal);
    assert_eq!(found.detail, told.detail_json());
}
