//! What an operator wants to know of a database before anybody else notices.

use super::conn::Conn;
use super::query::{Access, Query};
use crate::domain::clock::Timestamp;
use crate::sql;

/// Reads only, in one unit.
pub struct Examine;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Examined {
    /// What the database says it is: `3.50.4`, `11.4.2-MariaDB`, `PostgreSQL 17.2 on …`.
    pub version: String,
    /// The names of the roles that there are.
    pub roles: Vec<String>,
    /// Administrators who are in use and not locked.
    pub administrators: i64,
    /// When the newest seal of the audit trail was made.
    pub newest_seal_at: Option<Timestamp>,
    /// The oldest event that waits for one.
    pub unsealed_since: Option<Timestamp>,
    /// When the oldest mail is due that has not left.
    pub mail_due_since: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct Text {
    text: String,
}

#[derive(sqlx::FromRow)]
struct Number {
    n: i64,
}

#[derive(sqlx::FromRow)]
struct Moment {
    at: Option<Timestamp>,
}

impl Query for Examine {
    const ACCESS: Access = Access::Read;
    type Output = Examined;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Examined> {
        let version = sql!(
            "SELECT sqlite_version() AS text",
            mysql = "SELECT CAST(VERSION() AS CHAR(128)) AS text",
            postgres = "SELECT version() AS text",
        );
        let version: Text = conn.query(version).one().await?;
        let roles: Vec<Text> = conn.query(sql!("SELECT name AS text FROM roles ORDER BY name")).all().await?;
        let administrators: Number = conn
            .query(sql!(
                "SELECT COUNT(*) AS n FROM user_roles ur JOIN roles r ON r.id = ur.role_id \
                 JOIN users u ON u.id = ur.user_id WHERE r.name = 'admin' AND u.active = TRUE AND u.locked_at IS NULL"
            ))
            .one()
            .await?;
        let seal: Moment = conn.query(sql!("SELECT MAX(sealed_at) AS at FROM audit_seals")).one().await?;
        let unsealed: Moment =
            conn.query(sql!("SELECT MIN(at) AS at FROM audit_events WHERE seal IS NULL")).one().await?;
        // Without the moment that never comes (`outbox::NEVER`): that mail was given up.
        let mail = sql!(
            "SELECT MIN(next_attempt_at) AS at FROM outbox WHERE sent_at IS NULL AND next_attempt_at < 9223372036854775807"
        );
        let mail: Moment = conn.query(mail).one().await?;
        Ok(Examined {
            version: version.text,
            roles: roles.into_iter().map(|role| role.text).collect(),
            administrators: administrators.n,
            newest_seal_at: seal.at,
            unsealed_since: unsealed.at,
            mail_due_since: mail.at,
        })
    }
}
