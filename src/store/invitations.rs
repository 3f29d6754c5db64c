//! Leave to register where not everybody may.

use uuid::Uuid;

use super::conn::Conn;
use super::one_time_tokens::{self, Kind, NewToken, TokenRow};
use super::outbox::{self, NewMail};
use super::query::{Access, Query};
use crate::domain::clock::Timestamp;
use crate::domain::page::{Page, PageCursor, PageRequest};
use crate::sql;

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

/// An invitation that is still good.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct InvitationRow {
    #[sqlx(flatten)]
    pub token: TokenRow,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// Those that are still good, newest first. Invitations belong to nobody yet, so an index leads to them.
pub struct ListInvitations {
    pub page: PageRequest,
}

impl Query for ListInvitations {
    const ACCESS: Access = Access::Read;
    type Output = Page<InvitationRow>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Page<InvitationRow>> {
        let now = conn.now();
        let rows: Vec<InvitationRow> = conn
            .query(sql!(
                "SELECT id, user_id, payload, created_at, expires_at FROM one_time_tokens WHERE user_id IS NULL \
                 AND kind = ? AND id < ? AND spent_at IS NULL AND COALESCE(expires_at, 0) > ? ORDER BY id DESC LIMIT ?"
            ))
            .bind(Kind::Invitation.word())
            .bind(self.page.place().id)
            .bind(now)
            .bind(self.page.rows())
            .all()
            .await?;
        Ok(Page::cut(rows, self.page, |row| PageCursor { at: row.created_at, id: row.token.id }))
    }
}

/// Makes an invitation good for nothing.
pub struct WithdrawInvitation {
    pub id: Uuid,
}

#[derive(sqlx::FromRow)]
struct SpentRow {
    spent_by: Option<Uuid>,
}

impl Query for WithdrawInvitation {
    /// `false` where there is no such invitation, or none that is still good.
    type Output = bool;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<bool> {
        let (now, unit, kind) = (conn.now(), conn.unit(), Kind::Invitation.word());
        let withdrawn = conn
            .query(sql!(
                "UPDATE one_time_tokens SET spent_at = ?, spent_by = ? \
                 WHERE id = ? AND kind = ? AND spent_at IS NULL AND expires_at > ?"
            ))
            .bind(now)
            .bind(unit)
            .bind(self.id)
            .bind(kind)
            .bind(now)
            .execute()
            .await?;
        if withdrawn == 1 {
            return Ok(true);
        }
        let find = sql!("SELECT spent_by FROM one_time_tokens WHERE id = ? AND kind = ?");
        let found: Option<SpentRow> = conn.query(find).bind(self.id).bind(kind).optional().await?;
        // By an earlier run of this very unit.
        Ok(found.is_some_and(|row| row.spent_by == Some(unit)))
    }
}
