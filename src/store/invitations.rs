//! Leave to register where not everybody may.

use super::conn::Conn;
use super::one_time_tokens::{self, NewToken};
use super::outbox::{self, NewMail};
use super::query::Query;

/// Keeps an invitation until somebody registers with it.
pub struct Invite {
    pub token: NewToken,
    /// Where it is for one address only.
    pub letter: Option<NewMail>,
}

impl Query for Invite {
    type Output = ();

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<()> {
        one_time_tokens::issue(conn, &self.token).await?;
        match &self.letter {
            Some(letter) => outbox::put(conn, letter).await,
            None => Ok(()),
        }
    }
}
