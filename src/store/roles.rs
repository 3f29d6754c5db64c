//! `roles`, `role_permissions`, `user_roles`: who may do what.

use uuid::Uuid;

use super::conn::Conn;
use super::query::{Access, Query};
use crate::domain::role::{BuiltInRole, Grants};
use crate::sql;

#[derive(sqlx::FromRow)]
struct RoleRow {
    id: Uuid,
}

#[derive(sqlx::FromRow)]
struct PermissionRow {
    permission: String,
}

/// Makes a built-in role and its permissions where they are missing. `true` when it made something.
pub struct EnsureRole(pub BuiltInRole);

impl Query for EnsureRole {
    type Output = bool;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<bool> {
        let BuiltInRole { name, description, permissions } = self.0;
        let found: Option<RoleRow> =
            conn.query(sql!("SELECT id FROM roles WHERE name = ?")).bind(name).optional().await?;
        let (id, mut made_something) = match found {
            Some(role) => (role.id, false),
            None => (Uuid::now_v7(), true),
        };
        if made_something {
            conn.query(sql!("INSERT INTO roles (id, name, description, built_in, guard) VALUES (?, ?, ?, ?, 0)"))
                .bind(id)
                .bind(name)
                .bind(description)
                .bind(true)
                .execute()
                .await?;
        }
        let held: Vec<PermissionRow> =
            conn.query(sql!("SELECT permission FROM role_permissions WHERE role_id = ?")).bind(id).all().await?;
        for permission in permissions.iter().filter(|wanted| !held.iter().any(|row| row.permission == **wanted)) {
            conn.query(sql!("INSERT INTO role_permissions (role_id, permission) VALUES (?, ?)"))
                .bind(id)
                .bind(*permission)
                .execute()
                .await?;
            made_something = true;
        }
        Ok(made_something)
    }
}

/// Gives a role to a user that has not got it. How many rows that made: 0 when it is held already.
pub(super) async fn grant(conn: &mut Conn<'_>, user_id: Uuid, role: &str) -> sqlx::Result<u64> {
    let now = conn.now();
    conn.query(sql!(
        "INSERT INTO user_roles (user_id, role_id, granted_at) SELECT ?, r.id, ? FROM roles r WHERE r.name = ? \
         AND NOT EXISTS (SELECT 1 FROM user_roles ur WHERE ur.user_id = ? AND ur.role_id = r.id)"
    ))
    .bind(user_id)
    .bind(now)
    .bind(role.to_owned())
    .bind(user_id)
    .execute()
    .await
}

/// The roles of a user and what they permit.
pub struct FindGrants {
    pub user_id: Uuid,
}

#[derive(sqlx::FromRow)]
struct GrantRow {
    name: String,
    permission: Option<String>,
}

impl Query for FindGrants {
    const ACCESS: Access = Access::Read;
    type Output = Grants;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Grants> {
        let rows: Vec<GrantRow> = conn
            .query(sql!(
                "SELECT r.name, p.permission FROM user_roles ur JOIN roles r ON r.id = ur.role_id \
                 LEFT JOIN role_permissions p ON p.role_id = r.id WHERE ur.user_id = ? ORDER BY r.name, p.permission"
            ))
            .bind(self.user_id)
            .all()
            .await?;
        Ok(Grants::from_rows(rows.into_iter().map(|row| (row.name, row.permission))))
    }
}

/// Whether anybody holds the role `admin`.
pub struct HasAdministrator;

#[derive(sqlx::FromRow)]
struct AdministratorRow {
    user_id: Uuid,
}

impl Query for HasAdministrator {
    const ACCESS: Access = Access::Read;
    type Output = bool;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<bool> {
        Ok(administrator(conn).await?.is_some())
    }
}

pub(super) async fn administrator(conn: &mut Conn<'_>) -> sqlx::Result<Option<Uuid>> {
    let found: Option<AdministratorRow> = conn
        .query(sql!(
            "SELECT ur.user_id FROM user_roles ur JOIN roles r ON r.id = ur.role_id WHERE r.name = 'admin' LIMIT 1"
        ))
        .optional()
        .await?;
    Ok(found.map(|row| row.user_id))
}

/// Whether a user is an administrator, and no other is who can sign in. Only after the guard of the role was written in
/// the same unit; otherwise two of them may each take the other for the one who stays.
pub(super) async fn is_last_administrator(conn: &mut Conn<'_>, user_id: Uuid) -> sqlx::Result<bool> {
    let holders: Vec<AdministratorRow> = conn
        .query(sql!(
            "SELECT ur.user_id FROM user_roles ur JOIN roles r ON r.id = ur.role_id JOIN users u ON u.id = ur.user_id \
             WHERE r.name = 'admin' AND (ur.user_id = ? OR (u.active = TRUE AND u.locked_at IS NULL))"
        ))
        .bind(user_id)
        .all()
        .await?;
    let is_one = holders.iter().any(|row| row.user_id == user_id);
    Ok(is_one && holders.len() == 1)
}
