//! One round: takes what is due, as many at once as there are places, until nothing is.

use std::sync::Arc;

use tokio::task::{JoinError, JoinSet};

use super::LOOK_EVERY;
use super::delivery::{Outcome, Post};
use crate::actors::database::DatabaseError;
use crate::store::outbox::DueMail;

/// What a round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub sent: u64,
    /// Marked as sent without being sent: written to nobody, or on a server that sends no mail.
    pub discarded: u64,
    pub postponed: u64,
    pub given_up: u64,
    /// Claimed by another round, here or on another node.
    pub left_to_another: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum RoundError {
    #[error("the outbox cannot be read: {0}")]
    Database(#[from] DatabaseError),
}

impl Report {
    fn count(&mut self, ended: Result<Outcome, JoinError>) {
        let counter = match ended {
            Ok(Outcome::Sent) => &mut self.sent,
            Ok(Outcome::Discarded) => &mut self.discarded,
            Ok(Outcome::Postponed) => &mut self.postponed,
            Ok(Outcome::GivenUp) => &mut self.given_up,
            Ok(Outcome::LeftToAnother) => &mut self.left_to_another,
            Err(cause) => {
                // Its claim runs out, and then it is tried again.
                tracing::error!(%cause, "sending a mail panicked");
                &mut self.postponed
            }
        };
        *counter += 1;
    }
}

pub(super) async fn send_due(post: Arc<Post>) -> Result<Report, RoundError> {
    let mut report = Report::default();
    let mut under_way = JoinSet::new();
    let ended = loop {
        if post.is_closing() {
            break Ok(());
        }
        match post.find_due().await {
            Ok(due) if due.is_empty() => {
                // One slow mail must not hold up those that come after it.
                tokio::select! {
                    ended = under_way.join_next() => match ended {
                        Some(ended) => report.count(ended),
                        None => break Ok(()),
                    },
                    () = post.mail_was_written() => {}
                    () = tokio::time::sleep(LOOK_EVERY) => {}
                }
            }
            Ok(due) => begin(&post, due, &mut under_way, &mut report).await,
            Err(cause) => break Err(cause.into()),
        }
    };
    // What was begun ends, whatever has happened: a mail that is cut off in the middle may arrive twice.
    while let Some(ended) = under_way.join_next().await {
        report.count(ended);
    }
    post.tidy().await;
    ended.map(|()| report)
}

/// Each in a task of its own, once there is a place for it.
async fn begin(post: &Arc<Post>, due: Vec<DueMail>, under_way: &mut JoinSet<Outcome>, report: &mut Report) {
    for mail in due {
        let Some(place) = post.place().await else { return };
        let post = Arc::clone(post);
        under_way.spawn(async move {
            let outcome = post.deliver(mail).await;
            drop(place);
            outcome
        });
        while let Some(ended) = under_way.try_join_next() {
            report.count(ended);
        }
    }
}
