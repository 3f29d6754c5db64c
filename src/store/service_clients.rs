//! `service_clients`: programs that sign in with a secret of their own.

use std::time::Duration;

use uuid::Uuid;

use super::conn::Conn;
use super::query::{Access, Query};
use super::revocations;
use crate::domain::clock::Timestamp;
use crate::domain::page::{Page, PageCursor, PageRequest};
use crate::domain::permission::Permissions;
use crate::domain::revocation::{Revocation, What};
use crate::domain::service_client::ServiceClient;
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

#[derive(sqlx::FromRow)]
struct RecordRow {
    id: Uuid,
    name: String,
    permissions: String,
    active: bool,
    created_at: Timestamp,
    last_used_at: Option<Timestamp>,
}

impl TryFrom<RecordRow> for ServiceClient {
    type Error = sqlx::Error;

    fn try_from(row: RecordRow) -> Result<Self, sqlx::Error> {
        let RecordRow { id, name, permissions, active, created_at, last_used_at } = row;
        let unreadable = format!("service_clients: row {id} has permissions that cannot be read");
        let permissions = Permissions::parse(&permissions).map_err(|_| sqlx::Error::Decode(unreadable.into()))?;
        Ok(Self { id, name, permissions, active, created_at, last_used_at })
    }
}

/// The latest first.
pub struct ListClients {
    pub page: PageRequest,
}

impl Query for ListClients {
    const ACCESS: Access = Access::Read;
    type Output = Page<ServiceClient>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Page<ServiceClient>> {
        let rows: Vec<RecordRow> = conn
            .query(sql!(
                "SELECT id, name, permissions, active, created_at, last_used_at FROM service_clients \
                 WHERE id < ? ORDER BY id DESC LIMIT ?"
            ))
            .bind(self.page.place().id)
            .bind(self.page.rows())
            .all()
            .await?;
        let clients = rows.into_iter().map(ServiceClient::try_from).collect::<sqlx::Result<Vec<_>>>()?;
        // Ids alone are the order: they were made in it.
        Ok(Page::cut(clients, self.page, |client| PageCursor { at: Timestamp::default(), id: client.id }))
    }
}

/// One of them, as administrators see it.
pub enum FindClientRecord {
    Id(Uuid),
    Name(String),
}

impl Query for FindClientRecord {
    const ACCESS: Access = Access::Read;
    type Output = Option<ServiceClient>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Option<ServiceClient>> {
        let found: Option<RecordRow> = match self {
            Self::Id(id) => {
                let find = sql!(
                    "SELECT id, name, permissions, active, created_at, last_used_at FROM service_clients WHERE id = ?"
                );
                conn.query(find).bind(*id).optional().await?
            }
            Self::Name(name) => {
                let find = sql!(
                    "SELECT id, name, permissions, active, created_at, last_used_at FROM service_clients WHERE name = ?"
                );
                conn.query(find).bind(name.clone()).optional().await?
            }
        };
        found.map(ServiceClient::try_from).transpose()
    }
}

/// Puts another secret in the place of the one before.
pub struct RotateClientSecret {
    pub id: Uuid,
    pub secret_hash: [u8; 32],
}

impl Query for RotateClientSecret {
    const SINGLE: bool = true;
    /// 0: there is no such client.
    type Output = u64;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<u64> {
        conn.query(sql!("UPDATE service_clients SET secret_hash = ? WHERE id = ?"))
            .bind(self.secret_hash.to_vec())
            .bind(self.id)
            .execute()
            .await
    }
}

/// Deletes a client. Its tokens end with it, as far as the feed of revocations reaches.
pub struct DeleteClient {
    pub id: Uuid,
    pub access_ttl: Duration,
}

impl Query for DeleteClient {
    /// `None`: there is no such client.
    type Output = Option<Revocation>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Option<Revocation>> {
        if let Some(done) = revocations::find(conn, conn.unit()).await? {
            return Ok(Some(done));
        }
        let deleted = conn.query(sql!("DELETE FROM service_clients WHERE id = ?")).bind(self.id).execute().await?;
        if deleted == 0 {
            return Ok(None);
        }
        // Tokens of a client are of version 0, always; there are no later ones.
        let what = What::Claims { user_id: self.id, version: 1 };
        let revocation = Revocation::new(conn.now(), what, "client_deleted", self.access_ttl);
        let revocation = Revocation { id: conn.unit(), ..revocation };
        revocations::write(conn, &revocation).await?;
        Ok(Some(revocation))
    }
}
