//! The `mailer` actor: sends what stands in the `outbox` table.
//!
//! It promises that nobody waits for it: mail is written in the unit that it tells of, and [`MailerDoor::wake`] only says
//! that there is some.

use std::sync::Arc;

use tokio::sync::Notify;

/// The way to the mailer. Nobody asks it to send: mail is written into the outbox, in the unit that it tells of.
#[derive(Clone, Debug, Default)]
pub struct MailerDoor {
    written: Arc<Notify>,
}

impl MailerDoor {
    /// Mail was just written. Costs nothing, waits for nothing, and if it is lost the mailer looks by itself soon.
    pub fn wake(&self) {
        self.written.notify_one();
    }
}
