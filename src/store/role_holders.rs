//! `user_roles`: giving a role to somebody and taking it from them, which raises their `claims_version`.

use std::time::Duration;

use sqlx::error::ErrorKind;
use uuid::Uuid;

use super::conn::Conn;
use super::error::overtaken;
use super::query::{Access, Query};
use super::{revocations, roles, users};
use crate::domain::clock::Timestamp;
use crate::domain::revocation::{Revocation, What};
use crate::domain::role::{ADMIN, Holding, Role};
use crate::sql;

/// Whether, since when and through whom a user holds a role.
pub struct FindHolding {
    pub user_id: Uuid,
    pub role_id: Uuid,
}

#[derive(sqlx::FromRow)]
struct HoldingRow {
    granted_at: Timestamp,
    granted_by: Option<Uuid>,
}

impl Query for FindHolding {
    const ACCESS: Access = Access::Read;
    type Output = Option<Holding>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Option<Holding>> {
        holding(conn, self.user_id, self.role_id).await
    }
}

async fn holding(conn: &mut Conn<'_>, user_id: Uuid, role_id: Uuid) -> sqlx::Result<Option<Holding>> {
    let find = sql!("SELECT granted_at, granted_by FROM user_roles WHERE user_id = ? AND role_id = ?");
    let found: Option<HoldingRow> = conn.query(find).bind(user_id).bind(role_id).optional().await?;
    Ok(found.map(|row| Holding { granted_at: row.granted_at, granted_by: row.granted_by }))
}

/// What is to become of somebody's role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assignment {
    Grant,
    Withdraw,
}

pub struct AssignRole {
    pub user_id: Uuid,
    pub role: Role,
    pub assignment: Assignment,
    /// `None`: the operator.
    pub by: Option<Uuid>,
    /// How long an access token lives: until then the change of claims must stay known.
    pub access_ttl: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assigned {
    Yes(Revocation),
    /// It was so before.
    Already,
    /// There would be no administrator left who can sign in.
    LastAdministrator,
    NoSuchUser,
    NoSuchRole,
}

impl Query for AssignRole {
    type Output = Assigned;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Assigned> {
        if let Some(done) = revocations::find(conn, conn.unit()).await? {
            return Ok(Assigned::Yes(done));
        }
        // Everybody who changes the number of administrators writes this row first: counting alone is write skew.
        if self.role.is_admin() {
            conn.query(sql!("UPDATE roles SET guard = guard + 1 WHERE name = ?")).bind(ADMIN.name).execute().await?;
        }
        if users::hold(conn, self.user_id).await? == 0 {
            return Ok(Assigned::NoSuchUser);
        }
        let changed = match self.assignment {
            Assignment::Grant => self.grant(conn).await?,
            Assignment::Withdraw => {
                if self.role.is_admin() && roles::is_last_administrator(conn, self.user_id).await? {
                    return Ok(Assigned::LastAdministrator);
                }
                self.withdraw(conn).await?
            }
        };
        if changed > 0 {
            return self.tell(conn).await.map(Assigned::Yes);
        }
        let is_held = holding(conn, self.user_id, self.role.id).await?.is_some();
        let as_wanted = is_held == (self.assignment == Assignment::Grant);
        Ok(if as_wanted { Assigned::Already } else { Assigned::NoSuchRole })
    }
}

#[derive(sqlx::FromRow)]
struct Version {
    claims_version: i64,
}

impl AssignRole {
    async fn grant(&self, conn: &mut Conn<'_>) -> sqlx::Result<u64> {
        let now = conn.now();
        let inserted = conn
            .query(sql!(
                "INSERT INTO user_roles (user_id, role_id, granted_at, granted_by) SELECT ?, r.id, ?, ? FROM roles r \
                 WHERE r.id = ? AND NOT EXISTS (SELECT 1 FROM user_roles ur WHERE ur.user_id = ? AND ur.role_id = r.id)"
            ))
            .bind(self.user_id)
            .bind(now)
            .bind(self.by)
            .bind(self.role.id)
            .bind(self.user_id)
            .execute()
            .await;
        match inserted {
            // The role is being deleted; the next run finds that it is gone.
            Err(sqlx::Error::Database(refusal)) if refusal.kind() == ErrorKind::ForeignKeyViolation => Err(overtaken()),
            inserted => inserted,
        }
    }

    async fn withdraw(&self, conn: &mut Conn<'_>) -> sqlx::Result<u64> {
        let delete = conn.query(sql!("DELETE FROM user_roles WHERE user_id = ? AND role_id = ?"));
        delete.bind(self.user_id).bind(self.role.id).execute().await
    }

    async fn tell(&self, conn: &mut Conn<'_>) -> sqlx::Result<Revocation> {
        let raise = sql!("UPDATE users SET claims_version = claims_version + 1 WHERE id = ?");
        conn.query(raise).bind(self.user_id).execute().await?;
        let find = sql!("SELECT claims_version FROM users WHERE id = ?");
        let Version { claims_version: version } = conn.query(find).bind(self.user_id).one().await?;
        let reason = match self.assignment {
            Assignment::Grant => "role_granted",
            Assignment::Withdraw => "role_withdrawn",
        };
        let what = What::Claims { user_id: self.user_id, version };
        let revocation = Revocation::new(conn.now(), what, reason, self.access_ttl);
        let revocation = Revocation { id: conn.unit(), ..revocation };
        revocations::write(conn, &revocation).await?;
        Ok(revocation)
    }
}
