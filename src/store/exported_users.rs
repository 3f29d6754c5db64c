//! `users` from one end to the other, with what only an export tells of them.

use uuid::Uuid;

use super::conn::Conn;
use super::query::{Access, Query};
use super::user_records::with_roles;
use super::users::{UserRow, user_columns};
use crate::domain::clock::Timestamp;
use crate::domain::user_record::UserRecord;
use crate::sql;

/// In the order of their ids, after one of them.
pub struct ExportUsers {
    pub after: Uuid,
    pub limit: u16,
}

/// A user, with their secrets as the table holds them.
#[derive(Debug)]
pub struct ExportedUser {
    pub record: UserRecord,
    pub email_verified_at: Option<Timestamp>,
    pub hashed_password: Option<String>,
    pub sealed_mfa_secret: Option<Vec<u8>>,
}

#[derive(sqlx::FromRow)]
struct Row {
    hashed_password: Option<String>,
    mfa_secret: Option<Vec<u8>>,
    #[sqlx(flatten)]
    user: UserRow,
}

impl Query for ExportUsers {
    const ACCESS: Access = Access::Read;
    type Output = Vec<ExportedUser>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Vec<ExportedUser>> {
        let rows: Vec<Row> = conn
            .query(sql!(concat!(
                "SELECT u.hashed_password, u.mfa_secret, ",
                user_columns!(),
                " FROM users u WHERE u.id > ? ORDER BY u.id LIMIT ?"
            )))
            .bind(self.after)
            .bind(i64::from(self.limit))
            .all()
            .await?;
        let mut users = Vec::with_capacity(rows.len());
        let mut told = Vec::with_capacity(rows.len());
        for Row { hashed_password, mfa_secret, user } in rows {
            told.push((hashed_password, mfa_secret, user.email_verified_at()));
            users.push(user);
        }
        let records = with_roles(conn, users).await?.into_iter().zip(told);
        let exported = records.map(|(record, (hashed_password, mfa_secret, email_verified_at))| {
            // One that waits for its first code is none yet.
            let sealed_mfa_secret = mfa_secret.filter(|_| record.account.mfa_enabled);
            ExportedUser { record, email_verified_at, hashed_password, sealed_mfa_secret }
        });
        Ok(exported.collect())
    }
}

/// How many users there are.
pub struct CountUsers;

#[derive(sqlx::FromRow)]
struct Count {
    users: i64,
}

impl Query for CountUsers {
    const ACCESS: Access = Access::Read;
    type Output = u64;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<u64> {
        let Count { users } = conn.query(sql!("SELECT COUNT(*) AS users FROM users")).one().await?;
        Ok(u64::try_from(users).unwrap_or_default())
    }
}
