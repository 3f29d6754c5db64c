//! `revocations`: what ends access tokens before they expire. Each row is written in the unit that it tells of.

use uuid::Uuid;

use super::conn::Conn;
use super::query::{Access, Query};
use crate::domain::clock::Timestamp;
use crate::domain::revocation::{Revocation, What};
use crate::sql;

#[derive(sqlx::FromRow)]
struct RevocationRow {
    id: Uuid,
    at: Timestamp,
    kind: String,
    session_id: Option<Uuid>,
    user_id: Option<Uuid>,
    epoch: Option<i64>,
    except_session_id: Option<Uuid>,
    version: Option<i64>,
    reason: String,
    expires_at: Timestamp,
}

impl TryFrom<RevocationRow> for Revocation {
    type Error = sqlx::Error;

    fn try_from(row: RevocationRow) -> Result<Self, sqlx::Error> {
        let corrupt =
            || sqlx::Error::Decode(format!("revocations: row {} of kind {:?} lacks a column", row.id, row.kind).into());
        let what = match row.kind.as_str() {
            "session" => What::Session {
                session_id: row.session_id.ok_or_else(corrupt)?,
                user_id: row.user_id.ok_or_else(corrupt)?,
            },
            "user" => What::User {
                user_id: row.user_id.ok_or_else(corrupt)?,
                epoch: row.epoch.ok_or_else(corrupt)?,
                except: row.except_session_id,
            },
            "claims" => {
                What::Claims { user_id: row.user_id.ok_or_else(corrupt)?, version: row.version.ok_or_else(corrupt)? }
            }
            "all" => What::All,
            "all_claims" => What::AllClaims,
            _ => return Err(corrupt()),
        };
        Ok(Self { id: row.id, at: row.at, what, reason: row.reason, expires_at: row.expires_at })
    }
}

/// For the unit that ends something.
pub(super) async fn write(conn: &mut Conn<'_>, revocation: &Revocation) -> sqlx::Result<()> {
    let (session_id, user_id, epoch, except, version) = match revocation.what {
        What::Session { session_id, user_id } => (Some(session_id), Some(user_id), None, None, None),
        What::User { user_id, epoch, except } => (None, Some(user_id), Some(epoch), except, None),
        What::Claims { user_id, version } => (None, Some(user_id), None, None, Some(version)),
        What::All | What::AllClaims => (None, None, None, None, None),
    };
    conn.query(sql!(
        "INSERT INTO revocations (id, at, kind, session_id, user_id, epoch, except_session_id, version, reason, expires_at) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    ))
    .bind(revocation.id)
    .bind(revocation.at)
    .bind(revocation.what.kind())
    .bind(session_id)
    .bind(user_id)
    .bind(epoch)
    .bind(except)
    .bind(version)
    .bind(revocation.reason.clone())
    .bind(revocation.expires_at)
    .execute()
    .await?;
    Ok(())
}

/// For a unit that looks whether an earlier run of itself has written its row.
pub(super) async fn find(conn: &mut Conn<'_>, id: Uuid) -> sqlx::Result<Option<Revocation>> {
    let found: Option<RevocationRow> = conn
        .query(sql!(
            "SELECT id, at, kind, session_id, user_id, epoch, except_session_id, version, reason, expires_at \
             FROM revocations WHERE id = ?"
        ))
        .bind(id)
        .optional()
        .await?;
    found.map(Revocation::try_from).transpose()
}

/// The rows after a place in the order of `(at, id)` that have not expired.
pub struct RevocationsAfter {
    pub at: Timestamp,
    pub id: Uuid,
    pub limit: u16,
}

impl Query for RevocationsAfter {
    const ACCESS: Access = Access::Read;
    type Output = Vec<Revocation>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Vec<Revocation>> {
        let now = conn.now();
        let rows: Vec<RevocationRow> = conn
            .query(sql!(
                "SELECT id, at, kind, session_id, user_id, epoch, except_session_id, version, reason, expires_at \
                 FROM revocations WHERE at >= ? AND (at > ? OR id > ?) AND expires_at > ? ORDER BY at, id LIMIT ?"
            ))
            .bind(self.at)
            .bind(self.at)
            .bind(self.id)
            .bind(now)
            .bind(i64::from(self.limit))
            .all()
            .await?;
        rows.into_iter().map(Revocation::try_from).collect()
    }
}

/// When everybody's tokens were last ended, and when a role's definition last changed.
pub struct FindGlobalRevocations;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GlobalRevocations {
    all_at: Option<Timestamp>,
    all_claims_at: Option<Timestamp>,
}

impl GlobalRevocations {
    /// `issued_at` in seconds; a token issued within the second of the revocation counts as before it.
    pub fn ends(&self, issued_at: i64) -> bool {
        self.all_at.is_some_and(|at| issued_at <= at.unix_seconds())
    }

    pub fn makes_stale(&self, issued_at: i64) -> bool {
        self.all_claims_at.is_some_and(|at| issued_at <= at.unix_seconds())
    }
}

#[derive(sqlx::FromRow)]
struct Newest {
    at: Option<Timestamp>,
}

impl Query for FindGlobalRevocations {
    const ACCESS: Access = Access::Read;
    type Output = GlobalRevocations;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<GlobalRevocations> {
        let now = conn.now();
        let mut newest = [None, None];
        for (place, kind) in newest.iter_mut().zip([What::All, What::AllClaims]) {
            let found: Newest = conn
                .query(sql!("SELECT MAX(at) AS at FROM revocations WHERE kind = ? AND expires_at > ?"))
                .bind(kind.kind())
                .bind(now)
                .one()
                .await?;
            *place = found.at;
        }
        Ok(GlobalRevocations { all_at: newest[0], all_claims_at: newest[1] })
    }
}
