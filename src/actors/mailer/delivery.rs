//! One mail, from its claim to what became of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rand::seq::SliceRandom;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};

use super::payload_place;
use super::retry::{Failure, LONGEST_LIFE, Verdict, judge};
use super::transport::Transport;
use super::writing::{Letterhead, Writer};
use crate::actors::database::{DatabaseDoor, DatabaseError};
use crate::actors::sealing::{Purpose, Sealer, SealingError};
use crate::domain::clock::{Clock, Deadline};
use crate::domain::letter::Letter;
use crate::store::outbox::{AfterFailure, ClaimMail, DueMail, FindDue, MarkSent};
use crate::store::query::Query;

/// Mails at once on a node; a server that answers never holds as many. Over SMTP each has a connection, and ten is
/// what many servers allow one sender.
const MAILS_AT_ONCE: usize = 4;
/// Due mails that are looked up at once: some rounds of the places.
const FOUND_AT_ONCE: u16 = 64;
/// For one unit of work: what the database's door allows.
const UNIT_PATIENCE: Duration = Duration::from_secs(2);
/// How long a claimed mail is nobody else's: the whole patience for a mail, and three units that take their time.
const CLAIM: Duration = Duration::from_mins(3);
/// A random part of this is added, in microseconds: it makes each claim's end its own.
const CLAIM_SPREAD: Duration = Duration::from_mins(1);
/// A mail that has left and is not marked so would leave again; so it is tried more than once, with a pause.
const TRIES_TO_MARK: u32 = 5;
const PAUSE_TO_MARK: Duration = Duration::from_secs(1);
/// What a mail that is on its way may still take when the server stops, which has 30 seconds for everything.
const LAST_SECONDS: Duration = Duration::from_secs(5);

/// What became of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Sent,
    Discarded,
    Postponed,
    GivenUp,
    LeftToAnother,
}

/// Everything that sending takes.
pub(super) struct Post {
    writer: Writer,
    transport: Transport,
    sealer: Arc<Sealer>,
    database: DatabaseDoor,
    clock: Clock,
    places: Arc<Semaphore>,
    written: Arc<Notify>,
    closing: watch::Receiver<bool>,
}

impl Post {
    pub(super) fn new(
        writer: Writer,
        transport: Transport,
        sealer: Arc<Sealer>,
        database: DatabaseDoor,
        clock: Clock,
        written: Arc<Notify>,
        closing: watch::Receiver<bool>,
    ) -> Self {
        let places = Arc::new(Semaphore::new(MAILS_AT_ONCE));
        Self { writer, transport, sealer, database, clock, places, written, closing }
    }

    pub(super) fn is_closing(&self) -> bool {
        *self.closing.borrow()
    }

    pub(super) async fn mail_was_written(&self) {
        self.written.notified().await;
    }

    /// In no order: two nodes that look at the same time then seldom reach for the same mail.
    pub(super) async fn find_due(&self) -> Result<Vec<DueMail>, DatabaseError> {
        let mut due = self.run(FindDue { limit: FOUND_AT_ONCE }).await?;
        due.shuffle(&mut rand::rng());
        Ok(due)
    }

    /// A place for one mail; `None` when the mailer stops.
    pub(super) async fn place(&self) -> Option<OwnedSemaphorePermit> {
        tokio::select! {
            biased;
            () = self.closed() => None,
            place = Arc::clone(&self.places).acquire_owned() => place.ok(),
        }
    }

    /// Lets go of connections that have lain idle.
    pub(super) async fn tidy(&self) {
        self.transport.tidy(self.is_closing()).await;
    }

    pub(super) async fn deliver(&self, mail: DueMail) -> Outcome {
        let (id, kind, attempts) = (mail.id, mail.kind.as_str(), mail.attempts + 1);
        let until = self.clock.now().plus(CLAIM + CLAIM_SPREAD.mul_f64(rand::random()));
        match self.run(ClaimMail { id, attempts: mail.attempts, until }).await {
            Ok(1) => {}
            Ok(_) => return Outcome::LeftToAnother,
            Err(cause) => {
                tracing::warn!(%id, kind, %cause, "a mail cannot be claimed");
                return Outcome::LeftToAnother;
            }
        }
        let failure = match self.attempt(&mail).await {
            Ok(outcome) => {
                self.mark_sent(&mail).await;
                return outcome;
            }
            Err(failure) => failure,
        };
        let now = self.clock.now();
        let (again_at, outcome) = match judge(&failure, attempts, mail.created_at, now) {
            Verdict::At(moment) => (Some(moment), Outcome::Postponed),
            Verdict::Never => (None, Outcome::GivenUp),
        };
        if let Some(moment) = again_at {
            let again_in_s = moment.since(now).as_secs();
            tracing::warn!(%id, kind, attempts, again_in_s, %failure, "a mail was not sent");
        } else {
            tracing::error!(%id, kind, attempts, %failure, "a mail is given up");
        }
        if let Err(cause) = self.run(AfterFailure { id, attempts, again_at }).await {
            tracing::warn!(%id, kind, %cause, "what became of a mail cannot be written; it is tried again later");
        }
        outcome
    }

    async fn attempt(&self, mail: &DueMail) -> Result<Outcome, Failure> {
        let is_for_nobody = mail.kind == Letter::DISCARD || self.transport.is_none();
        if is_for_nobody {
            return Ok(Outcome::Discarded);
        }
        if self.clock.now() >= mail.created_at.plus(LONGEST_LIFE) {
            return Err(Failure::Hopeless("it is over a day old".to_owned()));
        }
        let facts = self.open(mail)?;
        let at = self.clock.now();
        let head = Letterhead { id: mail.id, kind: &mail.kind, recipient: &mail.recipient, at };
        let written = self.writer.write(&head, facts)?;
        tokio::select! {
            sent = self.transport.send(&head, &written) => sent.map(|()| Outcome::Sent),
            () = self.last_seconds() => Err(Failure::Passing("the server stops".to_owned())),
        }
    }

    fn open(&self, mail: &DueMail) -> Result<BTreeMap<String, String>, Failure> {
        let hopeless = |why: &dyn std::fmt::Display| Failure::Hopeless(format!("its payload: {why}"));
        let sealed = mail.payload.as_deref().ok_or_else(|| hopeless(&"there is none"))?;
        let text = self.sealer.open(Purpose::Mail, &payload_place(mail.id), sealed).map_err(|cause| match cause {
            // Whoever gives the key back saves the mail.
            SealingError::WrongKey => Failure::Passing(format!("its payload: {cause}")),
            SealingError::Corrupt | SealingError::Cipher => hopeless(&cause),
        })?;
        serde_json::from_slice(&text).map_err(|_| hopeless(&"it does not hold a letter's facts"))
    }

    async fn mark_sent(&self, mail: &DueMail) {
        for left in (0..TRIES_TO_MARK).rev() {
            match self.run(MarkSent { id: mail.id }).await {
                Ok(_) => return,
                Err(cause) if left == 0 => {
                    tracing::error!(id = %mail.id, kind = mail.kind, %cause, "a mail that was sent will be sent again");
                }
                Err(_) => tokio::time::sleep(PAUSE_TO_MARK).await,
            }
        }
    }

    async fn last_seconds(&self) {
        self.closed().await;
        tokio::time::sleep(LAST_SECONDS).await;
    }

    async fn closed(&self) {
        // An error means that the door is gone, which is as good as closed.
        let _ = self.closing.clone().wait_for(|is_closing| *is_closing).await;
    }

    async fn run<Q: Query>(&self, query: Q) -> Result<Q::Output, DatabaseError> {
        self.database.run(query, Deadline::within(UNIT_PATIENCE)).await
    }
}
