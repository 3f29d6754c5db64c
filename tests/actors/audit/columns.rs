//! Every column of a sealed event, of what is personal about it, and of a seal: read as bytes, and written as bytes.

use keystead::sql;
use keystead::store::conn::Conn;
use keystead::store::query::{Access, Query};
use keystead::store::sql::Sql;
use uuid::Uuid;

/// What the column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    Id,
    Number,
    Text,
    Bytes,
}

#[derive(Clone, Copy, Debug)]
pub struct Column {
    pub table: &'static str,
    pub name: &'static str,
    pub holds: Holds,
    read: Sql,
    write: Sql,
}

/// Which row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    Event(Uuid),
    Seal(i64),
}

macro_rules! column {
    ($table:literal $key:literal $name:literal $holds:ident) => {
        Column {
            table: $table,
            name: $name,
            holds: Holds::$holds,
            read: sql!(concat!("SELECT ", $name, " AS value FROM ", $table, " WHERE ", $key, " = ?")),
            // SQLite takes any bytes for a text.
            write: sql!(
                concat!("UPDATE ", $table, " SET ", $name, " = ? WHERE ", $key, " = ?"),
                sqlite = column!(@sqlite $table $key $name $holds)
            ),
        }
    };
    (@sqlite $table:literal $key:literal $name:literal Text) => {
        concat!("UPDATE ", $table, " SET ", $name, " = CAST(? AS TEXT) WHERE ", $key, " = ?")
    };
    (@sqlite $table:literal $key:literal $name:literal $holds:ident) => {
        concat!("UPDATE ", $table, " SET ", $name, " = ? WHERE ", $key, " = ?")
    };
}

pub const OF_EVENTS: [Column; 15] = [
    column!("audit_events" "id" "id" Id),
    column!("audit_events" "id" "at" Number),
    column!("audit_events" "id" "node" Id),
    column!("audit_events" "id" "actor_kind" Text),
    column!("audit_events" "id" "actor_id" Id),
    column!("audit_events" "id" "action" Text),
    column!("audit_events" "id" "subject_id" Id),
    column!("audit_events" "id" "session_id" Id),
    column!("audit_events" "id" "outcome" Text),
    column!("audit_events" "id" "request_id" Text),
    column!("audit_events" "id" "detail" Text),
    column!("audit_events" "id" "personal_digest" Bytes),
    column!("audit_events" "id" "seal" Number),
    column!("audit_events" "id" "place" Number),
    column!("audit_events" "id" "link" Bytes),
];

pub const OF_PERSONAL: [Column; 6] = [
    column!("audit_personal" "event_id" "event_id" Id),
    column!("audit_personal" "event_id" "person_id" Id),
    column!("audit_personal" "event_id" "salt" Bytes),
    column!("audit_personal" "event_id" "ip" Text),
    column!("audit_personal" "event_id" "user_agent" Text),
    column!("audit_personal" "event_id" "identifier" Text),
];

pub const OF_SEALS: [Column; 6] = [
    column!("audit_seals" "seq" "seq" Number),
    column!("audit_seals" "seq" "count" Number),
    column!("audit_seals" "seq" "root" Bytes),
    column!("audit_seals" "seq" "previous_root" Bytes),
    column!("audit_seals" "seq" "sealed_at" Number),
    column!("audit_seals" "seq" "signature" Bytes),
];

/// What stands in a column.
pub struct Read(pub Column, pub Key);

#[derive(sqlx::FromRow)]
struct Value<T> {
    value: T,
}

impl Query for Read {
    const ACCESS: Access = Access::Read;
    type Output = Vec<u8>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Vec<u8>> {
        let statement = conn.query(self.0.read);
        let statement = match self.1 {
            Key::Event(id) => statement.bind(id),
            Key::Seal(seq) => statement.bind(seq),
        };
        Ok(match self.0.holds {
            Holds::Id => statement.one::<Value<Uuid>>().await?.value.as_bytes().to_vec(),
            Holds::Number => statement.one::<Value<i64>>().await?.value.to_be_bytes().to_vec(),
            Holds::Text => statement.one::<Value<String>>().await?.value.into_bytes(),
            Holds::Bytes => statement.one::<Value<Vec<u8>>>().await?.value,
        })
    }
}

/// Puts bytes into a column. They are text where the database asks for one.
pub struct Write {
    pub column: Column,
    pub key: Key,
    pub bytes: Vec<u8>,
    /// Takes anything for a text.
    pub is_sqlite: bool,
}

impl Query for Write {
    type Output = u64;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<u64> {
        let (statement, bytes) = (conn.query(self.column.write), self.bytes.clone());
        let statement = match self.column.holds {
            Holds::Id => statement.bind(Uuid::from_slice(&bytes).unwrap()),
            Holds::Number => statement.bind(i64::from_be_bytes(bytes.try_into().unwrap())),
            Holds::Text if !self.is_sqlite => statement.bind(String::from_utf8(bytes).unwrap()),
            Holds::Text | Holds::Bytes => statement.bind(bytes),
        };
        match self.key {
            Key::Event(id) => statement.bind(id).execute().await,
            Key::Seal(seq) => statement.bind(seq).execute().await,
        }
    }
}
