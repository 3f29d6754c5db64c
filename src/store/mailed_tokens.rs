//! Tokens that go out by mail: the row of the token and the row of its letter, always both, whoever it is for.
//!
//! Where nobody is to get a token, one that nobody was told of is written, with a letter that goes to nobody: what is
//! written tells as little as what is answered, and takes as long.

use uuid::Uuid;

use super::conn::Conn;
use super::letter_counts;
use super::one_time_tokens::{self, Kind, NewToken, TokenRow};
use super::outbox::{self, NewMail};
use super::query::{Access, Query};
use crate::domain::letter_limit::LetterLimit;
use crate::sql;

/// A token and the letter that carries it.
#[derive(Clone, Debug)]
pub struct MailToken {
    pub token: NewToken,
    pub letter: NewMail,
    /// Goes to nobody, and is put in the letter's place where there were too many.
    pub in_excess: NewMail,
    pub limits: Vec<LetterLimit>,
    /// Whose earlier tokens of the kind are good no longer. Where there are too many letters they stay.
    pub supersedes: Option<Uuid>,
}

impl Query for MailToken {
    type Output = ();

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<()> {
        mail(conn, self).await
    }
}

/// For units that mail a token among other things.
pub(super) async fn mail(conn: &mut Conn<'_>, mail: &MailToken) -> sqlx::Result<()> {
    if is_written(conn, mail.token.id).await? {
        return Ok(());
    }
    // Before the token, so that those who ask at the same moment stand in one line.
    let is_in_excess = is_in_excess(conn, &mail.limits).await?;
    if let (Some(user_id), false) = (mail.supersedes, is_in_excess) {
        one_time_tokens::supersede(conn, mail.token.kind, user_id, mail.token.id).await?;
    }
    one_time_tokens::issue(conn, &mail.token).await?;
    outbox::put(conn, if is_in_excess { &mail.in_excess } else { &mail.letter }).await
}

#[derive(sqlx::FromRow)]
struct Id {
    id: Uuid,
}

/// By an earlier run of the same unit, with all that belongs to it.
async fn is_written(conn: &mut Conn<'_>, token_id: Uuid) -> sqlx::Result<bool> {
    let find = sql!("SELECT id FROM one_time_tokens WHERE id = ?");
    let found: Option<Id> = conn.query(find).bind(token_id).optional().await?;
    Ok(found.is_some_and(|found| found.id == token_id))
}

/// What one limit forbids is not counted on those after it.
async fn is_in_excess(conn: &mut Conn<'_>, limits: &[LetterLimit]) -> sqlx::Result<bool> {
    for limit in limits {
        if !letter_counts::may_write(conn, limit).await? {
            return Ok(true);
        }
    }
    Ok(false)
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
