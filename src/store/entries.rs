//! The end of every way in: a session begins, or a token is handed out for what is still owed.

use super::conn::Conn;
use super::one_time_tokens::{self, NewToken};
use super::outbox::{self, NewMail};
use super::query::Query;
use super::sessions::{self, Opened};
use crate::domain::session::NewSession;

/// What a factor that was right leads to.
pub enum Entry {
    /// `letter`: what its owner is told of it.
    Session { session: NewSession, letter: Option<NewMail> },
    /// A challenge: another factor, or a new password.
    Challenge(NewToken),
}

/// Of somebody who has shown a password, where nothing has to be spent for it.
pub struct Enter(pub Entry);

impl Query for Enter {
    type Output = Opened;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Opened> {
        enter(conn, &self.0).await
    }
}

/// For units that spend something and then let somebody in. After `Refused` nothing of the unit may stay.
pub(super) async fn enter(conn: &mut Conn<'_>, entry: &Entry) -> sqlx::Result<Opened> {
    match entry {
        Entry::Session { session, letter } => {
            let opened = sessions::open(conn, session).await?;
            if let (Opened::Yes(_), Some(letter)) = (&opened, letter) {
                outbox::put(conn, letter).await?;
            }
            Ok(opened)
        }
        Entry::Challenge(token) => {
            one_time_tokens::issue(conn, token).await?;
            Ok(Opened::Yes(Vec::new()))
        }
    }
}
