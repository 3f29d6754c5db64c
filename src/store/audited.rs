//! A unit of work together with the events that tell of it: both happen, or neither.

use super::audit_events::write;
use super::conn::Conn;
use super::query::Query;
use crate::domain::audit_event::NewEvent;

/// Made by [`audited`].
pub struct Audited<Q, F> {
    query: Q,
    tell: F,
}

/// `query`, and in the same unit the events that `tell` makes of its outcome: none, one (an `Option`), or several. A unit
/// may run more than once, and `tell` with it: so the events are made before, by the flow, and it hands out clones.
/// Of a unit that rolled back nothing is told. Where an earlier run was committed, its events are found by their ids.
pub fn audited<Q: Query, I: IntoIterator<Item = NewEvent>>(
    query: Q,
    tell: impl Fn(&Q::Output) -> I + Send + Sync + 'static,
) -> Audited<Q, impl Fn(&Q::Output) -> Vec<NewEvent> + Send + Sync + 'static> {
    Audited { query, tell: move |outcome: &Q::Output| tell(outcome).into_iter().collect() }
}

impl<Q, F> Query for Audited<Q, F>
where
    Q: Query,
    F: Fn(&Q::Output) -> Vec<NewEvent> + Send + Sync + 'static,
{
    type Output = Q::Output;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Q::Output> {
        let outcome = self.query.run(conn).await?;
        // Before the next await: what is told of an outcome need not be shared between threads.
        let events = (self.tell)(&outcome);
        for event in &events {
            write(conn, event).await?;
        }
        Ok(outcome)
    }
}
