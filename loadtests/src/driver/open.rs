//! The open loop: questions leave when they are due, whether or not the ones before were answered.

use std::rc::Rc;
use std::time::Instant;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::spawn_local;

use super::lane::Lane;
use super::schedule::Due;

/// A lane, and how many of its errands may be under way.
pub type Bounded = (Rc<Lane>, usize);

/// Hands out what is due until the schedule ends. Errands go on after that.
pub async fn hand_out(lanes: &[Option<Bounded>], mut due: UnboundedReceiver<Due>) {
    while let Some((number, at)) = due.recv().await {
        if let Some(Some((lane, in_flight))) = lanes.get(number) {
            begin(lane, *in_flight, at);
        }
    }
}

fn begin(lane: &Rc<Lane>, in_flight: usize, due: Instant) {
    let asked = if lane.in_flight.get() < in_flight { lane.ask() } else { None };
    let Some(ask) = asked else { return lane.note_over(due) };
    lane.in_flight.set(lane.in_flight.get() + 1);
    let lane = Rc::clone(lane);
    spawn_local(async move {
        let mut connection = lane.take_line();
        lane.carry_out(&mut connection, ask, due).await;
        lane.give_back(connection);
        lane.in_flight.set(lane.in_flight.get() - 1);
    });
}
