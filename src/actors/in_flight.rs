//! Secrets that are being judged now, on this node. No actor: whoever waits does so on a place of its own.

use std::sync::Arc;
use std::time::Duration;

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::domain::clock::Deadline;

/// At once, in one lane. An account has two of them, so no more than two of its checks are in flight on a node. With each
/// more, as many more failures would be judged past a limit; nobody can hold a lane up, since what is judged has arrived.
pub const CHECKS_AT_ONCE: u32 = 1;
/// Who may wait in a lane besides. Programs that sign in with one account come in handfuls, and an account that is guessed
/// at must not fill the server with those who wait.
const WAITERS: u32 = 7;
/// Twenty times what a check takes. Past it the hasher is so busy that the lane is not what holds them up.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is under way, by its lane: strangers to an account, or its known devices. A lane is there while somebody is in it.
#[derive(Clone, Debug, Default)]
pub struct InFlight(Arc<DashMap<[u8; 32], Lane>>);

#[derive(Debug)]
struct Lane {
    /// Who is in it, waiting or being judged.
    inside: u32,
    places: Arc<Semaphore>,
}

impl Default for Lane {
    fn default() -> Self {
        Self { inside: 0, places: Arc::new(Semaphore::new(CHECKS_AT_ONCE as usize)) }
    }
}

/// More than may be judged at once, and as many wait as may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many are being judged at once")]
pub struct Crowded;

/// A place among those who are judged, until it is dropped.
#[derive(Debug)]
pub struct Place {
    /// Given back before the lane is left, so that a lane that is made anew never stands beside one in use.
    permit: Option<OwnedSemaphorePermit>,
    lane: [u8; 32],
    lanes: InFlight,
}

impl InFlight {
    /// Waits for a place: a short time, and only where not many wait already.
    ///
    /// # Errors
    /// [`Crowded`].
    pub async fn take(&self, lane: [u8; 32], deadline: Deadline) -> Result<Place, Crowded> {
        let (mut place, places) = self.enter(lane).ok_or(Crowded)?;
        let patience = deadline.at_most(PATIENCE).instant().into();
        match tokio::time::timeout_at(patience, places.acquire_owned()).await {
            Ok(Ok(permit)) => {
                place.permit = Some(permit);
                Ok(place)
            }
            Ok(Err(_)) | Err(_) => Err(Crowded),
        }
    }

    fn enter(&self, lane: [u8; 32]) -> Option<(Place, Arc<Semaphore>)> {
        let mut found = self.0.entry(lane).or_default();
        if found.inside >= CHECKS_AT_ONCE + WAITERS {
            return None;
        }
        found.inside += 1;
        let places = Arc::clone(&found.places);
        drop(found);
        Some((Place { permit: None, lane, lanes: self.clone() }, places))
    }

    pub fn lanes(&self) -> usize {
        self.0.len()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(self.permit.take());
        if let Entry::Occupied(mut lane) = self.lanes.0.entry(self.lane) {
            lane.get_mut().inside -= 1;
            if lane.get().inside == 0 {
                lane.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;

    const LANE: [u8; 32] = [7; 32];

    fn soon() -> Deadline {
        Deadline::within(Duration::from_secs(5))
    }

    #[tokio::test]
    async fn one_is_judged_some_wait_and_the_rest_is_sent_away() {
        let in_flight = InFlight::default();
        let first = in_flight.take(LANE, soon()).await.unwrap();
        let all = join_all((0..64).map(|_| in_flight.take(LANE, soon()))).await;
        assert!(all.iter().all(Result::is_err), "nobody left in time");
        let other = in_flight.take([8; 32], soon()).await;
        assert!(other.is_ok(), "another lane is its own");
        drop((first, other));
        let second = in_flight.take(LANE, soon()).await;
        assert!(second.is_ok());
        drop(second);
        assert_eq!(in_flight.lanes(), 0);
    }

    #[tokio::test]
    async fn whoever_waits_is_let_in_when_somebody_leaves_and_never_two_at_once() {
        let in_flight = InFlight::default();
        let (most, now) = (std::sync::atomic::AtomicU32::new(0), std::sync::atomic::AtomicU32::new(0));
        let order = std::sync::atomic::Ordering::SeqCst;
        let judged = join_all((0..64).map(|_| async {
            let place = in_flight.take(LANE, soon()).await?;
            most.fetch_max(now.fetch_add(1, order) + 1, order);
            tokio::time::sleep(Duration::from_millis(1)).await;
            now.fetch_sub(1, order);
            drop(place);
            Ok::<(), Crowded>(())
        }))
        .await;
        assert_eq!(judged.iter().filter(|judged| judged.is_ok()).count(), 8, "one, and seven who waited");
        assert_eq!((most.into_inner(), in_flight.lanes()), (CHECKS_AT_ONCE, 0));
    }

    #[tokio::test]
    async fn whoever_gives_up_while_waiting_leaves_the_lane() {
        let in_flight = InFlight::default();
        let held = in_flight.take(LANE, soon()).await;
        {
            let waiting = in_flight.take(LANE, soon());
            assert!(tokio::time::timeout(Duration::from_millis(5), waiting).await.is_err());
        }
        drop(held);
        assert_eq!(in_flight.lanes(), 0);
    }
}
