//! The feed of revocations, for resource servers that verify access tokens by themselves.

use std::time::Duration;

use super::Context;
use super::cause::Cause;
use crate::domain::clock::Deadline;
use crate::domain::revocation::Revocation;
use crate::domain::revocation_cursor::RevocationCursor;
use crate::store::revocations::RevocationsAfter;

/// Rows a page.
const PAGE: u16 = 200;
/// How often a waiting reader's question is asked again: it hears of a logout on any node within the second.
const POLL: Duration = Duration::from_millis(250);
const READ_PATIENCE: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub struct Page {
    pub items: Vec<Revocation>,
    pub next: RevocationCursor,
}

/// What came after the cursor; waits up to `wait` where nothing is new.
///
/// # Errors
/// [`Cause`].
pub async fn read_revocations(
    context: &Context,
    since: Option<RevocationCursor>,
    wait: Duration,
) -> Result<Page, Cause> {
    let until = Deadline::within(wait);
    let since = since.unwrap_or_default();
    loop {
        let query = RevocationsAfter { at: since.at, id: since.id, limit: PAGE };
        let items = context.house.database.run(query, Deadline::within(READ_PATIENCE)).await?;
        let advance = since.after(&items, items.len() == usize::from(PAGE), context.house.clock.now());
        if advance.is_news {
            return Ok(Page { items, next: advance.next });
        }
        if until.remaining() < POLL {
            return Ok(Page { items: Vec::new(), next: advance.next });
        }
        tokio::time::sleep(POLL).await;
    }
}
