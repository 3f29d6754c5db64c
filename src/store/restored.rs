//! What must not live on in a database that was put back to an earlier moment: it may have been used since.

use uuid::Uuid;

use super::conn::Conn;
use super::query::Query;
use super::revocations;
use super::sql::Sql;
use super::sweeping::{delete_keys, keyed_delete, marks};
use crate::domain::revocation::Revocation;
use crate::sql;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spendable {
    /// Resets, invitations, registrations that wait, sign-ins that are half done.
    Tokens,
    /// Mail that had not left.
    Mails,
}

/// Deletes some of them, and says how many; 0: none is left.
pub struct Withdraw {
    pub what: Spendable,
    pub limit: u16,
}

#[derive(sqlx::FromRow)]
struct Id {
    id: Uuid,
}

impl Query for Withdraw {
    type Output = u64;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<u64> {
        let (find, delete): (Sql, [(usize, Sql); 3]) = match self.what {
            Spendable::Tokens => (
                sql!("SELECT id FROM one_time_tokens WHERE spent_at IS NULL LIMIT ?"),
                keyed_delete!("one_time_tokens", "id"),
            ),
            Spendable::Mails => {
                (sql!("SELECT id FROM outbox WHERE sent_at IS NULL LIMIT ?"), keyed_delete!("outbox", "id"))
            }
        };
        let found: Vec<Id> = conn.query(find).bind(i64::from(self.limit)).all().await?;
        let ids: Vec<_> = found.into_iter().map(|row| row.id).collect();
        delete_keys(conn, delete, &ids).await
    }
}

/// Ends every access token that was issued until now, also those of sessions that this database has never heard of.
pub struct EndAllTokens(pub Option<Revocation>);

impl Query for EndAllTokens {
    type Output = ();

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<()> {
        let Some(revocation) = &self.0 else { return Ok(()) };
        if revocations::find(conn, revocation.id).await?.is_some() {
            return Ok(());
        }
        revocations::write(conn, &Revocation { at: conn.now(), ..revocation.clone() }).await
    }
}
