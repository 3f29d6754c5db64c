//! The closed loop: each caller asks again as soon as there is an answer. It shows how much a server can do, and
//! nothing of how long people wait when more of them come.

use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::task::spawn_local;
use tokio::time::sleep;

use super::lane::Lane;

/// Of a caller who finds everybody busy.
const PAUSE: Duration = Duration::from_millis(1);

/// Sends the callers off; each ends after its first answer past `end`.
pub fn send_off(lane: &Rc<Lane>, clients: usize, begin: Instant, end: Instant) {
    for _ in 0..clients {
        let lane = Rc::clone(lane);
        lane.in_flight.set(lane.in_flight.get() + 1);
        spawn_local(async move {
            sleep(begin.saturating_duration_since(Instant::now())).await;
            let mut connection = lane.take_line();
            while Instant::now() < end {
                match lane.ask() {
                    Some(ask) => lane.carry_out(&mut connection, ask, Instant::now()).await,
                    None => sleep(PAUSE).await,
                }
            }
            lane.in_flight.set(lane.in_flight.get() - 1);
        });
    }
}
