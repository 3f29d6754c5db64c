//! `service_clients`: programs that sign in with a secret of their own.

use std::time::Duration;

use uuid::Uuid;

use super::conn::Conn;
use super::query::{Access, Query};
use crate::sql;

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ClientRow {
    pub id: Uuid,
    pub name: String,
    pub secret_hash: Vec<u8>,
    /// Separated by spaces, as a `scope` is (RFC 6749 §3.3).
    pub permissions: String,
    pub active: bool,
}

/// The name is kept without spaces at its end: MySQL compares as if there were none, and the others would not.
pub struct CreateClient(pub ClientRow);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientCreated {
    Yes,
    NameTaken,
}

#[derive(sqlx::FromRow)]
struct Holder {
    id: Uuid,
}

impl Query for CreateClient {
    type Output = ClientCreated;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<ClientCreated> {
        let now = conn.now();
        let new = &self.0;
        let name = new.name.trim_end().to_owned();
        let holder: Option<Holder> =
            conn.query(sql!("SELECT id FROM service_clients WHERE name = ?")).bind(name.clone()).optional().await?;
        if let Some(holder) = holder {
            return Ok(if holder.id == new.id { ClientCreated::Yes } else { ClientCreated::NameTaken });
        }
        conn.query(sql!(
            "INSERT INTO service_clients (id, name, secret_hash, permissions, active, created_at) VALUES (?, ?, ?, ?, ?, ?)"
        ))
        .bind(new.id)
        .bind(name)
        .bind(new.secret_hash.clone())
        .bind(new.permissions.clone())
        .bind(new.active)
        .bind(now)
        .execute()
        .await?;
        Ok(ClientCreated::Yes)
    }
}

pub struct FindClient {
    pub id: Uuid,
}

impl Query for FindClient {
    const ACCESS: Access = Access::Read;
    type Output = Option<ClientRow>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Option<ClientRow>> {
        conn.query(sql!("SELECT id, name, secret_hash, permissions, active FROM service_clients WHERE id = ?"))
            .bind(self.id)
            .optional()
            .await
    }
}

/// Notes that a client was here, at most once in `pace`, so that a busy one does not write with each request.
pub struct NoteClientUse {
    pub id: Uuid,
    pub pace: Duration,
}

impl Query for NoteClientUse {
    const SINGLE: bool = true;
    type Output = u64;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<u64> {
        let now = conn.now();
        conn.query(sql!(
            "UPDATE service_clients SET last_used_at = ? WHERE id = ? AND (last_used_at IS NULL OR last_used_at < ?)"
        ))
        .bind(now)
        .bind(self.id)
        .bind(now.minus(self.pace))
        .execute()
        .await
    }
}
