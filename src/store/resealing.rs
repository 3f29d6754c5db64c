//! What is sealed, wherever it stands: read column by column, and replaced where it is still what was read.
//!
//! Pages go by the primary key and hold rows without a value as well, so that each costs the same however rare values are.

use uuid::Uuid;

use super::conn::Conn;
use super::query::{Access, Query};
use super::sql::Sql;
use crate::sql;

/// A column of sealed values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealedColumn {
    MacKeys,
    SigningKeys,
    TotpSecrets,
    TokenPayloads,
    Mails,
}

/// What a row is known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SealedKey {
    Id(Uuid),
    Kid(String),
}

impl SealedColumn {
    /// Keys first: a server that starts reads them.
    pub const ALL: [Self; 5] = [Self::MacKeys, Self::SigningKeys, Self::TotpSecrets, Self::TokenPayloads, Self::Mails];

    /// The table, which holds one such column.
    pub fn table(self) -> &'static str {
        match self {
            Self::MacKeys => "mac_keys",
            Self::SigningKeys => "signing_keys",
            Self::TotpSecrets => "users",
            Self::TokenPayloads => "one_time_tokens",
            Self::Mails => "outbox",
        }
    }

    /// Before the first row.
    pub fn before_all(self) -> SealedKey {
        match self {
            Self::SigningKeys => SealedKey::Kid(String::new()),
            Self::MacKeys | Self::TotpSecrets | Self::TokenPayloads | Self::Mails => SealedKey::Id(Uuid::nil()),
        }
    }

    const fn find(self) -> Sql {
        match self {
            Self::MacKeys => sql!("SELECT id, sealed_key AS sealed FROM mac_keys WHERE id > ? ORDER BY id LIMIT ?"),
            Self::SigningKeys => {
                sql!("SELECT id, private_key AS sealed FROM signing_keys WHERE id > ? ORDER BY id LIMIT ?")
            }
            Self::TotpSecrets => sql!("SELECT id, mfa_secret AS sealed FROM users WHERE id > ? ORDER BY id LIMIT ?"),
            Self::TokenPayloads => {
                sql!("SELECT id, payload AS sealed FROM one_time_tokens WHERE id > ? ORDER BY id LIMIT ?")
            }
            Self::Mails => sql!("SELECT id, payload AS sealed FROM outbox WHERE id > ? ORDER BY id LIMIT ?"),
        }
    }

    const fn replace(self) -> Sql {
        match self {
            Self::MacKeys => sql!("UPDATE mac_keys SET sealed_key = ? WHERE id = ? AND sealed_key = ?"),
            Self::SigningKeys => sql!("UPDATE signing_keys SET private_key = ? WHERE id = ? AND private_key = ?"),
            Self::TotpSecrets => sql!("UPDATE users SET mfa_secret = ? WHERE id = ? AND mfa_secret = ?"),
            Self::TokenPayloads => sql!("UPDATE one_time_tokens SET payload = ? WHERE id = ? AND payload = ?"),
            Self::Mails => sql!("UPDATE outbox SET payload = ? WHERE id = ? AND payload = ?"),
        }
    }

    const fn is_there(self) -> Sql {
        match self {
            Self::MacKeys => sql!("SELECT COUNT(*) AS count FROM mac_keys WHERE id = ? AND sealed_key = ?"),
            Self::SigningKeys => sql!("SELECT COUNT(*) AS count FROM signing_keys WHERE id = ? AND private_key = ?"),
            Self::TotpSecrets => sql!("SELECT COUNT(*) AS count FROM users WHERE id = ? AND mfa_secret = ?"),
            Self::TokenPayloads => sql!("SELECT COUNT(*) AS count FROM one_time_tokens WHERE id = ? AND payload = ?"),
            Self::Mails => sql!("SELECT COUNT(*) AS count FROM outbox WHERE id = ? AND payload = ?"),
        }
    }
}

/// A page of rows, in the order of their keys.
pub struct FindSealed {
    pub column: SealedColumn,
    pub after: SealedKey,
    pub limit: u16,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedRow {
    pub key: SealedKey,
    /// `None`: this row has none.
    pub sealed: Option<Vec<u8>>,
}

#[derive(sqlx::FromRow)]
struct ById {
    id: Uuid,
    sealed: Option<Vec<u8>>,
}

#[derive(sqlx::FromRow)]
struct ByKid {
    id: String,
    sealed: Option<Vec<u8>>,
}

impl Query for FindSealed {
    const ACCESS: Access = Access::Read;
    type Output = Vec<SealedRow>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Vec<SealedRow>> {
        let (find, limit) = (conn.query(self.column.find()), i64::from(self.limit));
        Ok(match &self.after {
            SealedKey::Id(id) => {
                let rows: Vec<ById> = find.bind(*id).bind(limit).all().await?;
                rows.into_iter().map(|row| SealedRow { key: SealedKey::Id(row.id), sealed: row.sealed }).collect()
            }
            SealedKey::Kid(kid) => {
                let rows: Vec<ByKid> = find.bind(kid.clone()).bind(limit).all().await?;
                rows.into_iter().map(|row| SealedRow { key: SealedKey::Kid(row.id), sealed: row.sealed }).collect()
            }
        })
    }
}

/// The same value, sealed anew.
#[derive(Clone, Debug)]
pub struct Replacement {
    pub key: SealedKey,
    pub old: Vec<u8>,
    pub new: Vec<u8>,
}

/// Each where the old value stands.
pub struct ReplaceSealed {
    pub column: SealedColumn,
    pub values: Vec<Replacement>,
}

#[derive(sqlx::FromRow)]
struct Count {
    count: i64,
}

impl Query for ReplaceSealed {
    /// How many new values stand there now. Of the others somebody has changed or deleted the row since it was read.
    type Output = u64;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<u64> {
        let mut replaced = 0;
        for Replacement { key, old, new } in &self.values {
            let update = conn.query(self.column.replace()).bind(new.clone());
            let update = match key {
                SealedKey::Id(id) => update.bind(*id),
                SealedKey::Kid(kid) => update.bind(kid.clone()),
            };
            let mut standing = update.bind(old.clone()).execute().await?;
            if standing == 0 {
                // An earlier run of this unit may have been committed: no two seals are the same bytes.
                let look = conn.query(self.column.is_there());
                let look = match key {
                    SealedKey::Id(id) => look.bind(*id),
                    SealedKey::Kid(kid) => look.bind(kid.clone()),
                };
                let Count { count } = look.bind(new.clone()).one().await?;
                standing = u64::from(count > 0);
            }
            replaced += standing;
        }
        Ok(replaced)
    }
}
