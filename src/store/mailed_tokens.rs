//! Tokens that go out by mail: the row of the token and the row of its letter, always both, whoever it is for.
//!
//! Where nobody is to get a token, one that nobody was told of is written, with a letter that goes to nobody: what is
//! written tells as little as what is answered, and takes as long.

use uuid::Uuid;

use super::conn::Conn;
use super::one_time_tokens::{self, Kind, NewToken, TokenRow};
use super::outbox::{self, NewMail};
use super::query::{Access, Query};
use crate::domain::clock::Timestamp;
use crate::sql;

/// A token and the letter that carries it.
#[derive(Clone, Debug)]
pub struct MailToken {
    /// It belongs to somebody; under whose id letters are counted.
    pub token: NewToken,
    pub letter: NewMail,
    /// Goes to nobody, and is put in the letter's place where there were as many.
    pub in_excess: NewMail,
    pub limit: LetterLimit,
    /// Whose earlier tokens of the kind are good no longer. Where there are too many letters they stay.
    pub supersedes: Option<Uuid>,
}

/// No more than so many tokens of a kind for one user since a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LetterLimit {
    pub letters: u16,
    pub since: Timestamp,
}

impl Query for MailToken {
    type Output = ();

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<()> {
        mail(conn, self).await
    }
}

/// For units that mail a token among other things. Two at the same moment may both find one place left for a letter.
pub(super) async fn mail(conn: &mut Conn<'_>, mail: &MailToken) -> sqlx::Result<()> {
    let is_in_excess = written_since(conn, mail).await? >= i64::from(mail.limit.letters);
    if let (Some(user_id), false) = (mail.supersedes, is_in_excess) {
        one_time_tokens::supersede(conn, mail.token.kind, user_id, mail.token.id).await?;
    }
    one_time_tokens::issue(conn, &mail.token).await?;
    outbox::put(conn, if is_in_excess { &mail.in_excess } else { &mail.letter }).await
}

#[derive(sqlx::FromRow)]
struct Written {
    n: i64,
}

/// Without the token itself, which an earlier run may have written. Reads no more rows than it takes to know.
async fn written_since(conn: &mut Conn<'_>, mail: &MailToken) -> sqlx::Result<i64> {
    let written: Written = conn
        .query(sql!(
            "SELECT COUNT(*) AS n FROM (SELECT id FROM one_time_tokens \
             WHERE user_id = ? AND kind = ? AND created_at > ? AND id <> ? LIMIT ?) AS written"
        ))
        .bind(mail.token.user_id)
        .bind(mail.token.kind.word())
        .bind(mail.limit.since)
        .bind(mail.token.id)
        .bind(i64::from(mail.limit.letters))
        .one()
        .await?;
    Ok(written.n)
}

/// The newest token of a kind that is still good for a user, whom it may have been mailed to.
pub struct FindNewest {
    pub kind: Kind,
    pub user_id: Uuid,
}

impl Query for FindNewest {
    const ACCESS: Access = Access::Read;
    type Output = Option<TokenRow>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Option<TokenRow>> {
        let now = conn.now();
        conn.query(sql!(
            "SELECT id, user_id, payload FROM one_time_tokens WHERE user_id = ? AND kind = ? AND spent_at IS NULL \
             AND expires_at > ? ORDER BY created_at DESC, id DESC LIMIT 1"
        ))
        .bind(self.user_id)
        .bind(self.kind.word())
        .bind(now)
        .optional()
        .await
    }
}
