//! Checks the audit trail: seal by seal, with the events of one in memory at a time, beside servers that go on writing.

use std::collections::VecDeque;
use std::time::Duration;

use uuid::Uuid;

use super::cause::Cause;
use crate::actors::database::{DatabaseDoor, DatabaseError};
use crate::domain::audit_chain::{ChainedEvent, Finding, Flaw, flaws};
use crate::domain::audit_drop::dropped_through;
use crate::domain::audit_seal::{GENESIS, Hash, Seal, SealKey};
use crate::domain::clock::Deadline;
use crate::store::audit_checks::{BareEvent, CheckedEvent, EventsOfNoSeal, EventsOfSeal, PersonalAfter, PlacesOfSeal};
use crate::store::audit_retention::LatestDrops;
use crate::store::audit_seals::{CountUnsealed, ListSeals};
use crate::store::error::StoreError;
use crate::store::query::Query;

/// For one unit, of which there are as many as there are seals.
const PATIENCE: Duration = Duration::from_secs(2);
/// Read at once. A seal is some 200 bytes.
const SEALS_A_PAGE: u16 = 256;

/// A seal as it was noted down elsewhere: without it nobody can tell that the newest were removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    pub seq: i64,
    pub hash: Hash,
}

/// What was looked at, and how much of it is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    pub seals: u64,
    pub events: u64,
    /// Not under a seal yet, so nothing can be said of them.
    pub unsealed: i64,
    /// Up to this seal the events were old enough to go.
    pub dropped_through: i64,
    /// The last seal: worth noting down elsewhere.
    pub newest: Option<Expected>,
    pub findings: u64,
}

/// Tells of each flaw as it is found.
///
/// # Errors
/// [`Cause`]: then nothing is known of the rest.
pub async fn verify_audit(
    database: &DatabaseDoor,
    key: &dyn SealKey,
    expected: Option<Expected>,
    tell: impl FnMut(&Finding),
) -> Result<Verdict, Cause> {
    let verdict = Verdict::default();
    let mut check = Check {
        database,
        key,
        expected,
        tell,
        verdict,
        next_seq: 1,
        before: GENESIS,
        before_holds: true,
        unsigned: None,
    };
    check.learn_drops().await?;
    check.seals().await?;
    check.strays().await?;
    check.verdict.unsealed = run(database, CountUnsealed { most: u32::MAX }).await?;
    Ok(check.verdict)
}

async fn run<Q: Query>(database: &DatabaseDoor, query: Q) -> Result<Q::Output, DatabaseError> {
    database.run(query, Deadline::within(PATIENCE)).await
}

struct Check<'c, F> {
    database: &'c DatabaseDoor,
    key: &'c dyn SealKey,
    expected: Option<Expected>,
    tell: F,
    verdict: Verdict,
    /// The number that the next seal should have.
    next_seq: i64,
    /// The hash of the seal before, and whether that is worth anything.
    before: Hash,
    before_holds: bool,
    /// The first of those just before that hold only if a signed one follows.
    unsigned: Option<i64>,
}

impl<F: FnMut(&Finding)> Check<'_, F> {
    fn found(&mut self, seal: i64, flaw: Flaw) {
        self.verdict.findings += 1;
        (self.tell)(&Finding { seal, flaw });
    }

    async fn learn_drops(&mut self) -> Result<(), Cause> {
        let drops = run(self.database, LatestDrops).await?;
        let through = drops.iter().filter_map(|detail| dropped_through(detail, self.key)).max();
        self.verdict.dropped_through = self.verdict.dropped_through.max(through.unwrap_or(0));
        Ok(())
    }

    async fn seals(&mut self) -> Result<(), Cause> {
        let mut waiting = VecDeque::<Seal>::new();
        let mut last = None;
        loop {
            // Each seal is looked at together with the one behind it.
            if waiting.len() < 2 {
                let after = waiting.back().map(|seal| seal.seq).or(last);
                waiting.extend(run(self.database, ListSeals { after, limit: SEALS_A_PAGE }).await?);
            }
            let Some(seal) = waiting.pop_front() else { break };
            self.seal(&seal, waiting.front()).await?;
            last = Some(seal.seq);
        }
        if let Some(expected) = self.expected.filter(|expected| last.is_none_or(|last| last < expected.seq)) {
            self.found(self.next_seq.min(expected.seq), Flaw::SealsMissing { through: expected.seq });
        }
        Ok(())
    }

    /// A seal holds that is signed, or that the one behind it names: a signature under a `SECRET_KEY` from long ago is
    /// worth nothing by itself, but every later one stands for it. The last one has to be signed.
    async fn seal(&mut self, seal: &Seal, next: Option<&Seal>) -> Result<(), Cause> {
        let hash = seal.hash();
        let is_named = next.is_some_and(|next| next.previous_root == hash);
        let is_signed = seal.is_signed_by(self.key);
        let holds = is_named || is_signed;
        let is_in_turn = seal.seq == self.next_seq;
        let unsigned = self.unsigned.take();
        if let Some(first) = unsigned.filter(|_| !holds) {
            self.found(first, Flaw::SealsUnsigned { through: seal.seq });
        } else if !holds {
            self.found(seal.seq, Flaw::SealAltered);
        } else if !is_in_turn {
            self.found(self.next_seq, Flaw::SealsMissing { through: seal.seq - 1 });
        } else if self.before_holds && seal.previous_root != self.before {
            self.found(seal.seq, Flaw::SealReplaced);
        }
        if is_named && !is_signed {
            self.unsigned = unsigned.or(Some(seal.seq));
        }
        if self.expected.is_some_and(|expected| expected.seq == seal.seq && expected.hash != hash) {
            self.found(seal.seq, Flaw::NotAsExpected);
        }
        if seal.seq > self.verdict.dropped_through {
            self.events(seal, holds).await?;
        }
        self.verdict.seals += 1;
        if holds {
            self.verdict.newest = Some(Expected { seq: seal.seq, hash });
        }
        if holds || is_in_turn {
            self.next_seq = seal.seq.saturating_add(1);
        }
        (self.before, self.before_holds) = (hash, holds);
        Ok(())
    }

    async fn events(&mut self, seal: &Seal, holds: bool) -> Result<(), Cause> {
        let events = self.events_of(seal.seq).await?;
        let count = events.len() as u64;
        let mut starts = vec![seal.previous_root.clone()];
        if !holds {
            starts.push(self.before.to_vec());
        }
        let flaws = flaws(seal, starts, holds, events);
        if !flaws.is_empty() {
            // They may have been let go since.
            self.learn_drops().await?;
            if seal.seq <= self.verdict.dropped_through {
                return Ok(());
            }
        }
        self.verdict.events += count;
        for flaw in flaws {
            self.found(seal.seq, flaw);
        }
        Ok(())
    }

    /// Where one row cannot be read, the others still can, each by itself.
    async fn events_of(&self, seal: i64) -> Result<Vec<ChainedEvent>, Cause> {
        if let Some(events) = readable(run(self.database, EventsOfSeal { seal }).await)? {
            return Ok(events);
        }
        let mut events = run(self.database, PlacesOfSeal { seal }).await?;
        for event in &mut events {
            let id = event.id;
            match readable(run(self.database, CheckedEvent { id }).await)? {
                Some(read) => *event = read.unwrap_or_else(|| event.clone()),
                None => match readable(run(self.database, BareEvent { id }).await)? {
                    Some(hash) => (event.hash, event.personal_fits) = (hash, false),
                    None => event.hash = None,
                },
            }
        }
        Ok(events)
    }

    /// What belongs to nothing.
    async fn strays(&mut self) -> Result<(), Cause> {
        let newest = self.next_seq - 1;
        for (id, seal) in run(self.database, EventsOfNoSeal { newest }).await? {
            self.found(seal, Flaw::SealUnknown { id });
        }
        let mut after = Uuid::nil();
        loop {
            let (strays, last) = run(self.database, PersonalAfter(after)).await?;
            for id in strays {
                self.found(0, Flaw::PersonalStray { id });
            }
            let Some(last) = last else { return Ok(()) };
            after = last;
        }
    }
}

/// `None` for rows that hold what no column should: bytes that are no text.
fn readable<T>(read: Result<T, DatabaseError>) -> Result<Option<T>, Cause> {
    match read {
        Ok(rows) => Ok(Some(rows)),
        Err(DatabaseError::Store(StoreError::Refused(_))) => Ok(None),
        Err(cause @ (DatabaseError::Store(_) | DatabaseError::Door(_))) => Err(cause.into()),
    }
}
