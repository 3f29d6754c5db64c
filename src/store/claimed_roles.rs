//! Roles by what a provider says of somebody.

use std::time::Duration;

use uuid::Uuid;

use super::conn::Conn;
use super::query::Query;
use super::{revocations, roles};
use crate::domain::revocation::{Revocation, What};
use crate::domain::role::ADMIN;
use crate::sql;

/// Makes a user hold those of the `governed` roles that are `held`, and none of the others. A role that there is not is
/// passed over, and the last administrator stays one.
#[derive(Clone)]
pub struct ClaimRoles {
    pub user_id: Uuid,
    pub governed: Vec<String>,
    pub held: Vec<String>,
    /// How long an access token lives: until then the change of claims must stay known.
    pub access_ttl: Duration,
}

#[derive(sqlx::FromRow)]
struct Name {
    name: String,
}

#[derive(sqlx::FromRow)]
struct Version {
    claims_version: i64,
}

impl Query for ClaimRoles {
    /// `None` where nothing had to change.
    type Output = Option<Revocation>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Option<Revocation>> {
        if let Some(done) = revocations::find(conn, conn.unit()).await? {
            return Ok(Some(done));
        }
        let now: Vec<Name> = conn
            .query(sql!("SELECT r.name FROM user_roles ur JOIN roles r ON r.id = ur.role_id WHERE ur.user_id = ?"))
            .bind(self.user_id)
            .all()
            .await?;
        let differs = |role: &&String| self.held.contains(role) != now.iter().any(|held| held.name == **role);
        let differing: Vec<_> = self.governed.iter().filter(differs).collect();
        // Most of the time nothing does, and nobody has to wait for anybody.
        if differing.iter().any(|role| **role == ADMIN.name) {
            conn.query(sql!("UPDATE roles SET guard = guard + 1 WHERE name = ?")).bind(ADMIN.name).execute().await?;
        }
        let mut changed = 0;
        for role in differing {
            changed += if self.held.contains(role) {
                roles::grant(conn, self.user_id, role).await?
            } else if role == ADMIN.name && roles::is_last_administrator(conn, self.user_id).await? {
                0
            } else {
                revoke(conn, self.user_id, role).await?
            };
        }
        if changed == 0 { Ok(None) } else { self.tell(conn).await.map(Some) }
    }
}

impl ClaimRoles {
    async fn tell(&self, conn: &mut Conn<'_>) -> sqlx::Result<Revocation> {
        let raise = sql!("UPDATE users SET claims_version = claims_version + 1 WHERE id = ?");
        conn.query(raise).bind(self.user_id).execute().await?;
        let find = sql!("SELECT claims_version FROM users WHERE id = ?");
        let Version { claims_version: version } = conn.query(find).bind(self.user_id).one().await?;
        let what = What::Claims { user_id: self.user_id, version };
        let revocation = Revocation::new(conn.now(), what, "role_claims_changed", self.access_ttl);
        let revocation = Revocation { id: conn.unit(), ..revocation };
        revocations::write(conn, &revocation).await?;
        Ok(revocation)
    }
}

async fn revoke(conn: &mut Conn<'_>, user_id: Uuid, role: &str) -> sqlx::Result<u64> {
    conn.query(sql!("DELETE FROM user_roles WHERE user_id = ? AND role_id = (SELECT id FROM roles WHERE name = ?)"))
        .bind(user_id)
        .bind(role.to_owned())
        .execute()
        .await
}
