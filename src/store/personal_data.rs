//! All that the tables hold about a person: one function a table. A table that comes to hold something about people gets
//! one here, and its line in `account_deletion.rs`.

use uuid::Uuid;

use super::conn::Conn;
use super::identities;
use super::own_events;
use super::query::{Access, Query};
use super::session_lists;
use super::sql::Sql;
use super::users::{UserRow, user_columns};
use crate::domain::clock::Timestamp;
use crate::domain::personal_data::{
    GrantedRole, MailRecord, PasswordFacts, PendingToken, PersonalData, SecondFactorFacts,
};
use crate::sql;

pub struct FindPersonalData {
    pub user_id: Uuid,
}

impl Query for FindPersonalData {
    const ACCESS: Access = Access::Read;
    /// `None` when there is no such user.
    type Output = Option<PersonalData>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Option<PersonalData>> {
        let id = self.user_id;
        let find = sql!(concat!("SELECT ", user_columns!(), " FROM users u WHERE u.id = ?"));
        let Some(user) = conn.query(find).bind(id).optional::<UserRow>().await? else {
            return Ok(None);
        };
        let (standing, account) = (user.standing(), user.account());
        let password = PasswordFacts {
            is_set: count(conn, HAS_PASSWORD, id).await? > 0,
            changed_at: standing.password_changed_at,
            must_change: standing.must_change_password,
            kept_earlier: count(conn, EARLIER_PASSWORDS, id).await?,
        };
        let second_factor = SecondFactorFacts {
            enabled: standing.mfa_enabled,
            has_secret: count(conn, HAS_MFA_SECRET, id).await? > 0,
            recovery_codes_left: count(conn, RECOVERY_CODES_LEFT, id).await?,
        };
        let mails = match &account.email {
            Some(email) => mails(conn, email.clone()).await?,
            None => Vec::new(),
        };
        Ok(Some(PersonalData {
            locked: standing.locked,
            password,
            second_factor,
            roles: roles(conn, id).await?,
            sessions: session_lists::all(conn, id).await?,
            identities: identities::all(conn, id).await?,
            pending: pending(conn, id).await?,
            mails,
            events: own_events::all_own(conn, id).await?,
            account,
        }))
    }
}

const HAS_PASSWORD: Sql = sql!("SELECT COUNT(*) AS n FROM users WHERE id = ? AND hashed_password IS NOT NULL");
const HAS_MFA_SECRET: Sql = sql!("SELECT COUNT(*) AS n FROM users WHERE id = ? AND mfa_secret IS NOT NULL");
const EARLIER_PASSWORDS: Sql = sql!("SELECT COUNT(*) AS n FROM password_history WHERE user_id = ?");
const RECOVERY_CODES_LEFT: Sql =
    sql!("SELECT COUNT(*) AS n FROM recovery_codes WHERE user_id = ? AND spent_at IS NULL");

#[derive(sqlx::FromRow)]
struct Number {
    n: i64,
}

async fn count(conn: &mut Conn<'_>, sql: Sql, user_id: Uuid) -> sqlx::Result<i64> {
    let found: Number = conn.query(sql).bind(user_id).one().await?;
    Ok(found.n)
}

#[derive(sqlx::FromRow)]
struct RoleRow {
    name: String,
    granted_at: Timestamp,
}

async fn roles(conn: &mut Conn<'_>, user_id: Uuid) -> sqlx::Result<Vec<GrantedRole>> {
    let rows: Vec<RoleRow> = conn
        .query(sql!(
            "SELECT r.name, ur.granted_at FROM user_roles ur JOIN roles r ON r.id = ur.role_id \
             WHERE ur.user_id = ? ORDER BY r.name"
        ))
        .bind(user_id)
        .all()
        .await?;
    Ok(rows.into_iter().map(|row| GrantedRole { name: row.name, granted_at: row.granted_at }).collect())
}

#[derive(sqlx::FromRow)]
struct TokenRow {
    kind: String,
    created_at: Timestamp,
    expires_at: Timestamp,
}

async fn pending(conn: &mut Conn<'_>, user_id: Uuid) -> sqlx::Result<Vec<PendingToken>> {
    let now = conn.now();
    let rows: Vec<TokenRow> = conn
        .query(sql!(
            "SELECT kind, created_at, expires_at FROM one_time_tokens \
             WHERE user_id = ? AND spent_at IS NULL AND expires_at > ? ORDER BY created_at, id"
        ))
        .bind(user_id)
        .bind(now)
        .all()
        .await?;
    let token = |row: TokenRow| PendingToken { kind: row.kind, created_at: row.created_at, expires_at: row.expires_at };
    Ok(rows.into_iter().map(token).collect())
}

#[derive(sqlx::FromRow)]
struct MailRow {
    kind: String,
    recipient: String,
    created_at: Timestamp,
    sent_at: Option<Timestamp>,
}

/// Nothing but the address says to whom a mail goes.
async fn mails(conn: &mut Conn<'_>, recipient: String) -> sqlx::Result<Vec<MailRecord>> {
    let rows: Vec<MailRow> = conn
        .query(sql!(
            "SELECT kind, recipient, created_at, sent_at FROM outbox WHERE recipient = ? ORDER BY created_at, id"
        ))
        .bind(recipient)
        .all()
        .await?;
    let mail = |row: MailRow| MailRecord {
        kind: row.kind,
        recipient: row.recipient,
        created_at: row.created_at,
        sent_at: row.sent_at,
    };
    Ok(rows.into_iter().map(mail).collect())
}
