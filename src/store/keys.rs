//! `mac_keys` and `signing_keys`: the key material, sealed.

use uuid::Uuid;

use super::conn::Conn;
use super::query::{Access, Query};
use crate::domain::clock::Timestamp;
use crate::domain::signing_key::SigningKeyRecord;
use crate::sql;

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct MacKeyRow {
    pub id: Uuid,
    pub sealed_key: Vec<u8>,
    pub created_at: Timestamp,
    pub retired_at: Option<Timestamp>,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SigningKeyRow {
    /// The `kid`: the RFC 7638 thumbprint of the public key.
    pub id: String,
    pub algorithm: String,
    pub sealed_private_key: Vec<u8>,
    pub public_jwk: String,
    pub created_at: Timestamp,
    pub active_from: Timestamp,
    pub retired_at: Option<Timestamp>,
}

/// Every key there is.
pub struct FindKeys;

impl Query for FindKeys {
    const ACCESS: Access = Access::Read;
    type Output = (Vec<MacKeyRow>, Vec<SigningKeyRow>);

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Self::Output> {
        let mac_keys =
            conn.query(sql!("SELECT id, sealed_key, created_at, retired_at FROM mac_keys ORDER BY id")).all().await?;
        let signing_keys = conn
            .query(sql!(
                "SELECT id, algorithm, private_key AS sealed_private_key, public_jwk, created_at, active_from, retired_at \
                 FROM signing_keys ORDER BY created_at, id"
            ))
            .all()
            .await?;
        Ok((mac_keys, signing_keys))
    }
}

/// Adds a key. No row when it is there already: an earlier run, whose answer was lost, was this one.
pub struct AddMacKey(pub MacKeyRow);

impl Query for AddMacKey {
    const SINGLE: bool = true;
    type Output = u64;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<u64> {
        conn.query(sql!(
            "INSERT INTO mac_keys (id, sealed_key, created_at) SELECT ?, ?, ? FROM (SELECT 1 AS one) AS one \
             WHERE NOT EXISTS (SELECT 1 FROM mac_keys WHERE id = ?)"
        ))
        .bind(self.0.id)
        .bind(self.0.sealed_key.clone())
        .bind(self.0.created_at)
        .bind(self.0.id)
        .execute()
        .await
    }
}

/// As [`AddMacKey`].
pub struct AddSigningKey(pub SigningKeyRow);

impl Query for AddSigningKey {
    const SINGLE: bool = true;
    type Output = u64;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<u64> {
        conn.query(sql!(
            "INSERT INTO signing_keys (id, algorithm, private_key, public_jwk, created_at, active_from) \
             SELECT ?, ?, ?, ?, ?, ? FROM (SELECT 1 AS one) AS one \
             WHERE NOT EXISTS (SELECT 1 FROM signing_keys WHERE id = ?)"
        ))
        .bind(self.0.id.clone())
        .bind(self.0.algorithm.clone())
        .bind(self.0.sealed_private_key.clone())
        .bind(self.0.public_jwk.clone())
        .bind(self.0.created_at)
        .bind(self.0.active_from)
        .bind(self.0.id.clone())
        .execute()
        .await
    }
}

/// What may be seen of the signing keys, the latest first.
pub struct ListSigningKeys;

#[derive(sqlx::FromRow)]
struct RecordRow {
    id: String,
    algorithm: String,
    created_at: Timestamp,
    active_from: Timestamp,
    retired_at: Option<Timestamp>,
}

impl Query for ListSigningKeys {
    const ACCESS: Access = Access::Read;
    type Output = Vec<SigningKeyRecord>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Vec<SigningKeyRecord>> {
        let rows: Vec<RecordRow> = conn
            .query(sql!(
                "SELECT id, algorithm, created_at, active_from, retired_at FROM signing_keys \
                 ORDER BY created_at DESC, id DESC"
            ))
            .all()
            .await?;
        let record = |row: RecordRow| SigningKeyRecord {
            id: row.id,
            algorithm: row.algorithm,
            created_at: row.created_at,
            active_from: row.active_from,
            retired_at: row.retired_at,
        };
        Ok(rows.into_iter().map(record).collect())
    }
}

/// Adds a signing key, and says of all others when they go.
pub struct RotateSigningKey {
    pub key: SigningKeyRow,
    pub others_retire_at: Timestamp,
    /// Those that were to go later go then, too.
    pub also_those_replaced: bool,
}

/// One microsecond before the end of time, which stands for a key that was never to go.
const REPLACED: Timestamp = Timestamp::from_micros(i64::MAX - 1);

#[derive(sqlx::FromRow)]
struct Kid {
    id: String,
}

impl Query for RotateSigningKey {
    /// The keys that are to go. A run that finds the new one there has none: an earlier one was this.
    type Output = Vec<String>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Vec<String>> {
        if AddSigningKey(self.key.clone()).run(conn).await? == 0 {
            return Ok(Vec::new());
        }
        let later_than = if self.also_those_replaced { self.others_retire_at } else { REPLACED };
        let find = sql!(
            "SELECT id FROM signing_keys WHERE COALESCE(retired_at, 9223372036854775807) > ? AND id <> ? ORDER BY id"
        );
        let others: Vec<Kid> = conn.query(find).bind(later_than).bind(self.key.id.clone()).all().await?;
        conn.query(sql!(
            "UPDATE signing_keys SET retired_at = ? WHERE COALESCE(retired_at, 9223372036854775807) > ? AND id <> ?"
        ))
        .bind(self.others_retire_at)
        .bind(later_than)
        .bind(self.key.id.clone())
        .execute()
        .await?;
        Ok(others.into_iter().map(|other| other.id).collect())
    }
}
