//! The audit trail by its filters, in pages, and from one end to the other.

use std::time::Duration;

use keystead::domain::audit_event::{Action, Actor, NewEvent, Outcome, Personal};
use keystead::domain::audit_record::{AuditFilter, AuditRecord};
use keystead::domain::clock::Timestamp;
use keystead::domain::page::{PageCursor, PageRequest};
use keystead::store::audit_events::WriteEvents;
use keystead::store::audit_lists::{ListAudit, PlaceFromEnd, ReadAudit};
use uuid::Uuid;

use crate::ground::{Ground, START};

on_each_database! {
    each_filter_narrows_and_all_of_them_together,
    pages_follow_each_other_whatever_comes_meanwhile,
    the_trail_is_read_from_end_to_end,
}

const SECOND: Duration = Duration::from_secs(1);

fn ids(records: &[AuditRecord]) -> Vec<Uuid> {
    records.iter().map(|record| record.event.id).collect()
}

async fn found(ground: &Ground, filter: AuditFilter) -> Vec<Uuid> {
    let page = PageRequest::new(None, None).unwrap();
    ids(&ground.run(ListAudit { filter, page }).await.items)
}

fn event(actor: Uuid, about: Uuid, ip: &str) -> NewEvent {
    let event = NewEvent::new(Uuid::nil(), Action::UserLocked, Actor::person(actor)).about(about);
    NewEvent { personal: Personal { ip: Some(ip.to_owned()), ..Personal::default() }, ..event }
}

async fn each_filter_narrows_and_all_of_them_together(ground: &Ground) {
    let [ada, eve] = [Uuid::now_v7(), Uuid::now_v7()];
    let mut events = vec![
        event(ada, eve, "::1"),
        event(ada, ada, "::2"),
        event(eve, ada, "::1").refused("permission_denied"),
        NewEvent { action: Action::UserUnlocked, ..event(eve, eve, "::2") },
        NewEvent::new(Uuid::nil(), Action::NodeStarted, Actor::SYSTEM),
    ];
    let all: Vec<Uuid> = events.iter().map(|event| event.id).collect();
    for event in events.drain(..) {
        ground.run(WriteEvents(vec![event])).await;
        ground.clock.advance(SECOND);
    }
    let second = |n: u32| Some(START.plus(SECOND * n));
    let none = AuditFilter::default;
    let cases = [
        (none(), vec![4, 3, 2, 1, 0]),
        (AuditFilter { user: Some(ada), ..none() }, vec![2, 1]),
        (AuditFilter { actor: Some(ada), ..none() }, vec![1, 0]),
        (AuditFilter { action: Some(Action::UserLocked), ..none() }, vec![2, 1, 0]),
        (AuditFilter { ip: Some("::1".to_owned()), ..none() }, vec![2, 0]),
        (AuditFilter { ip: Some("::".to_owned()), ..none() }, vec![]),
        (AuditFilter { outcome: Some(Outcome::Refused), ..none() }, vec![2]),
        (AuditFilter { after: second(3), ..none() }, vec![4, 3]),
        (AuditFilter { before: second(2), ..none() }, vec![1, 0]),
        (AuditFilter { after: second(1), before: second(4), ip: Some("::2".to_owned()), ..none() }, vec![3, 1]),
        (AuditFilter { user: Some(ada), actor: Some(eve), ..none() }, vec![2]),
        (
            AuditFilter { user: Some(eve), ip: Some("::1".to_owned()), outcome: Some(Outcome::Success), ..none() },
            vec![0],
        ),
        (AuditFilter { actor: Some(eve), action: Some(Action::UserUnlocked), before: second(3), ..none() }, vec![]),
    ];
    for (filter, places) in cases {
        let expected: Vec<Uuid> = places.into_iter().map(|place: usize| all[place]).collect();
        assert_eq!(found(ground, filter.clone()).await, expected, "{filter:?}");
    }
}

async fn pages_follow_each_other_whatever_comes_meanwhile(ground: &Ground) {
    let ada = Uuid::now_v7();
    // Seven at one moment and four at the next, which a filter then leaves out.
    let at_once: Vec<NewEvent> = (0..7).map(|_| event(ada, ada, "::1")).collect();
    let mut expected: Vec<Uuid> = at_once.iter().map(|event| event.id).collect();
    expected.reverse();
    ground.run(WriteEvents(at_once)).await;
    ground.clock.advance(SECOND);
    let before = Some(ground.clock.now());
    for filter in [
        AuditFilter { before, ..AuditFilter::default() },
        AuditFilter { before, user: Some(ada), ..AuditFilter::default() },
    ] {
        let (mut after, mut seen) = (None, Vec::new());
        for _ in 0..4 {
            ground.run(WriteEvents(vec![event(ada, ada, "::1")])).await;
            let page = PageRequest::new(Some(2), after).unwrap();
            let page = ground.run(ListAudit { filter: filter.clone(), page }).await;
            seen.extend(ids(&page.items));
            after = page.next;
        }
        assert_eq!((seen, after), (expected.clone(), None));
    }
}

async fn the_trail_is_read_from_end_to_end(ground: &Ground) {
    let ada = Uuid::now_v7();
    let mut all = Vec::new();
    for _ in 0..3 {
        let events: Vec<NewEvent> = (0..3).map(|_| event(ada, ada, "::1")).collect();
        all.extend(events.iter().map(|event| event.id));
        ground.run(WriteEvents(events)).await;
        ground.clock.advance(SECOND);
    }
    let (mut behind, mut seen) = (PageCursor { at: Timestamp::from_micros(0), id: Uuid::nil() }, Vec::new());
    let before = Timestamp::from_micros(i64::MAX);
    loop {
        let records = ground.run(ReadAudit { behind, before, limit: 4 }).await;
        let Some(last) = records.last() else { break };
        behind = PageCursor { at: last.event.at, id: last.event.id };
        seen.extend(ids(&records));
    }
    assert_eq!(seen, all);
    let part = ReadAudit {
        behind: PageCursor { at: START.plus(SECOND), id: Uuid::nil() },
        before: START.plus(2 * SECOND),
        limit: 9,
    };
    assert_eq!(ids(&ground.run(part).await), all[3..6]);
    let place = |back| PlaceFromEnd { back };
    assert_eq!(ground.run(place(3)).await.map(|place| place.id), Some(all[5]));
    assert_eq!((ground.run(place(0)).await.map(|place| place.id), ground.run(place(9)).await), (Some(all[8]), None));
}
