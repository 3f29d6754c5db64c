//! Retention: whole seals of old events go, the seals stay, and a check knows that it was the sweeper.

use std::sync::Arc;
use std::time::Duration;

use keystead::actors::database;
use keystead::actors::sealing::Sealer;
use keystead::actors::sweeper::{self, AuditRetention, Report, SweepSettings};
use keystead::domain::audit_chain::Flaw;
use keystead::domain::audit_drop::telling_of_drop;
use keystead::domain::audit_event::{Action, Actor, NewEvent};
use keystead::domain::clock::Clock;
use keystead::sql;
use keystead::store::Store;
use keystead::store::audit_events::WriteEvents;
use uuid::Uuid;

use super::{Trail, on_each_database, soon};

on_each_database! {
    old_seals_lose_their_events_and_nothing_else_does,
    a_drop_that_nobody_signed_lets_nothing_go,
}

const DAY: Duration = Duration::from_hours(24);

async fn sweep(trail: &Trail) -> Report {
    let store = Store::open(&trail.database.settings, trail.clock.clone()).await.unwrap();
    let door = database::start(store, Clock::system());
    let settings = SweepSettings { interval: DAY, batch: Duration::from_millis(10) };
    let audit = AuditRetention { age: 30 * DAY, sealer: Arc::clone(&trail.sealer) };
    let sweeper = sweeper::start(settings, Some(audit), Uuid::now_v7(), door, trail.clock.clone());
    sweeper.sweep_once(soon()).await.unwrap().unwrap()
}

fn dropped(audit_events: u64) -> Report {
    Report { audit_events, ..Report::default() }
}

async fn old_seals_lose_their_events_and_nothing_else_does(trail: Trail) {
    trail.seals_of_four(2).await;
    trail.write(Uuid::now_v7(), 3).await;
    trail.clock.advance(10 * DAY);
    assert_eq!(trail.seal(9).await, 3);
    trail.clock.advance(20 * DAY);
    assert_eq!(sweep(&trail).await, dropped(0), "30 days and some hours that belong to the 31st");
    trail.clock.advance(DAY);
    assert_eq!(sweep(&trail).await, dropped(8));
    assert_eq!(sweep(&trail).await, dropped(0));
    let (verdict, findings) = trail.check().await;
    assert_eq!((verdict.seals, verdict.events, verdict.dropped_through, findings), (3, 3, 2, vec![]));
    // Of events that were sealed late, the seal's age counts. What tells of the drop goes in its own time.
    assert_eq!(trail.seal(9).await, 1);
    trail.clock.advance(11 * DAY);
    assert_eq!(sweep(&trail).await, dropped(3));
    trail.clock.advance(40 * DAY);
    assert_eq!(trail.seal(9).await, 1);
    trail.clock.advance(40 * DAY);
    assert_eq!(sweep(&trail).await, dropped(2));
    let (verdict, findings) = trail.check().await;
    assert_eq!((verdict.seals, verdict.events, verdict.dropped_through, findings), (5, 0, 5, vec![]));
    assert_eq!(trail.tamper(sql!("DELETE FROM audit_personal")).await, 0, "what was personal went too");
    trail.tamper(sql!("UPDATE audit_seals SET count = 9 WHERE seq = 1")).await;
    assert_eq!(trail.flaws().await, [(1, Flaw::SealAltered)]);
}

async fn a_drop_that_nobody_signed_lets_nothing_go(trail: Trail) {
    trail.seals_of_four(2).await;
    let stranger = Sealer::new(&[9; 32], None).unwrap();
    let event = NewEvent::new(Uuid::nil(), Action::AuditDropped, Actor::SYSTEM);
    trail.run(WriteEvents(vec![telling_of_drop(event, 2, &stranger)])).await;
    trail.seal(9).await;
    assert_eq!(sweep(&trail).await, dropped(0));
    trail.tamper(sql!("DELETE FROM audit_personal")).await;
    trail.tamper(sql!("DELETE FROM audit_events WHERE seal = 1")).await;
    assert_eq!(trail.flaws().await, [(1, Flaw::EventsMissing { from: 1, through: 4 })]);
}
