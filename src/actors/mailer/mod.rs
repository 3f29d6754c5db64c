//! The `mailer` actor: sends what stands in the `outbox` table.
//!
//! It promises that nobody waits for it (mail is written in the unit that it tells of, and [`MailerDoor::wake`] only says
//! that there is some), that each mail is sent at least once or given up in the open, and that a mail server which is slow
//! or away holds up nothing but mail. Its numbers: four mails at once on a node, a minute for one, a day of tries. It does
//! not decide who gets a mail, and nothing of what a mail says reaches the log.

mod actor;
mod delivery;
mod eml;
mod messages;
mod retry;
mod round;
mod samples;
mod smtp;
mod templates;
mod transport;
mod writing;

use std::sync::Arc;
use std::time::Duration;

use actix::Actor;
use tokio::sync::{Notify, watch};
use uuid::Uuid;

use self::actor::Mailer;
use self::delivery::Post;
use self::messages::SendDue;
pub use self::round::{Report, RoundError};
use self::smtp::Smtp;
pub use self::templates::TemplateError;
use self::transport::Transport;
pub use self::transport::TransportError;
use self::writing::Writer;
use super::database::DatabaseDoor;
use super::door::{Door, DoorLoad, Refused, Tally};
use super::sealing::{Place, Purpose, Sealer};
use crate::config::mail::MailSettings;
use crate::config::smtp_url::SmtpServer;
use crate::domain::clock::{Clock, Deadline};

/// One round that goes on, and one that a test or the next look asks for. They share the places of mails.
const PLACES: u32 = 2;
/// For a round: a day's mail over a slow server.
const PATIENCE: Duration = Duration::from_hours(1);
/// A look by itself, for mail of other nodes and mail whose time has come again. A mail that is written here is sent
/// at once.
const LOOK_EVERY: Duration = Duration::from_secs(3);

#[derive(Clone, Debug)]
pub struct MailerSettings {
    pub mail: MailSettings,
    /// Without a slash at its end.
    pub public_url: String,
    pub patience: MailPatience,
}

/// How long a mail server is waited for.
#[derive(Clone, Copy, Debug)]
pub struct MailPatience {
    /// Until it has said that it is ready for mail, encrypted and with a password where that is asked for.
    pub connect: Duration,
    /// For a mail in all.
    pub whole: Duration,
}

impl Default for MailPatience {
    /// A server that checks a mail for longer than a minute gets it twice; one that answers never costs a place for that
    /// long.
    fn default() -> Self {
        Self { connect: Duration::from_secs(20), whole: Duration::from_mins(1) }
    }
}

/// The mailer cannot start.
#[derive(Debug, thiserror::Error)]
pub enum MailerError {
    #[error(transparent)]
    Template(#[from] TemplateError),
    #[error(transparent)]
    Transport(#[from] TransportError),
}

/// The way to the mailer. Nobody asks it to send: mail is written into the outbox, in the unit that it tells of.
#[derive(Clone)]
pub struct MailerDoor {
    door: Door<Mailer>,
    written: Arc<Notify>,
    closing: Arc<watch::Sender<bool>>,
}

impl MailerDoor {
    /// Mail was just written. Costs nothing, waits for nothing, and if it is lost the mailer looks by itself soon.
    pub fn wake(&self) {
        self.written.notify_one();
    }

    /// Sends what is due, and what becomes due meanwhile, now.
    ///
    /// # Errors
    /// [`Refused`] from the door, [`RoundError`] when the database failed in the middle. What was sent is sent.
    pub async fn send_due(&self, deadline: Deadline) -> Result<Result<Report, RoundError>, Refused> {
        self.door.ask(SendDue, deadline).await
    }

    pub fn is_open(&self) -> bool {
        self.door.is_open()
    }

    pub fn tally(&self) -> &Tally {
        self.door.tally()
    }

    pub fn load(&self) -> DoorLoad {
        self.door.load()
    }

    /// Begins nothing new; a mail that is on its way has some seconds left.
    pub async fn drain(&self) {
        self.closing.send_replace(true);
        self.door.drain().await;
    }

    /// For tests: a request whose work panics.
    #[cfg(feature = "broken-controls")]
    pub async fn panic_on_purpose(&self) -> Result<(), Refused> {
        self.door.ask(super::door::PanicOnPurpose, Deadline::within(PATIENCE)).await
    }
}

/// Greets a mail server as before a mail, with encryption and password, and takes leave: nothing is sent.
///
/// # Errors
/// Why no mail would leave, in words for an operator.
pub async fn greet(server: SmtpServer, patience: MailPatience) -> Result<(), String> {
    let smtp = Smtp::new(server, patience).map_err(|cause| cause.to_string())?;
    smtp.greet().await.map_err(|cause| cause.to_string())
}

/// For a command: what it writes into the outbox a server sends.
pub fn shut() -> MailerDoor {
    MailerDoor { door: Door::shut(), written: Arc::default(), closing: Arc::default() }
}

/// Where the payload of a mail stands, for sealing and opening it.
pub fn payload_place(mail_id: Uuid) -> Place {
    Purpose::Mail.place(mail_id)
}

/// # Errors
/// [`MailerError`]: a template that does not render, or a certificate of the mail server's authority that is none.
pub fn start(
    settings: &MailerSettings,
    sealer: Arc<Sealer>,
    database: DatabaseDoor,
    clock: Clock,
) -> Result<MailerDoor, MailerError> {
    let transport = Transport::new(settings.mail.transport.clone(), settings.patience)?;
    let writer = Writer::new(settings)?;
    let written = Arc::<Notify>::default();
    let (closing, is_closing) = watch::channel(false);
    let post = Post::new(writer, transport, sealer, database, clock, Arc::clone(&written), is_closing);
    let addr = Mailer::new(Arc::new(post)).start();
    let mailer = MailerDoor { door: Door::new(addr, PLACES, PATIENCE), written, closing: Arc::new(closing) };
    tokio::spawn(attend(mailer.clone()));
    Ok(mailer)
}

/// Asks for a round whenever mail was written, and every few seconds.
async fn attend(mailer: MailerDoor) {
    loop {
        match mailer.send_due(Deadline::within(PATIENCE)).await {
            Ok(Ok(report)) if report == Report::default() => {}
            Ok(Ok(report)) => tracing::debug!(?report, "looked after the mail"),
            Ok(Err(cause)) => tracing::warn!(%cause, "the mail will be looked after again"),
            Err(Refused::Panicked) => tracing::error!("looking after the mail panicked"),
            Err(Refused::Busy | Refused::Late) => tracing::debug!("mail is being looked after already"),
            Err(Refused::Closed) => return,
        }
        // Either way it is time to look.
        let _ = tokio::time::timeout(LOOK_EVERY, mailer.written.notified()).await;
    }
}
