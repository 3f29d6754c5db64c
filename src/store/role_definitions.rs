//! `roles` and `role_permissions`, as administrators look after them.
//!
//! A unit that changes a role is told in which state it was seen, by its tag, and does nothing to any other: whoever has
//! looked may decide by what they saw. Every access token issued before is stale afterwards.

use std::time::Duration;

use sqlx::error::ErrorKind;
use uuid::Uuid;

use super::conn::Conn;
use super::error::overtaken;
use super::query::{Access, Query};
use super::revocations;
use super::sql::Sql;
use crate::domain::clock::Timestamp;
use crate::domain::etag::Etag;
use crate::domain::page::{Page, PageCursor, PageRequest};
use crate::domain::permission::{Permission, Permissions};
use crate::domain::revocation::{Revocation, What};
use crate::domain::role::Role;
use crate::sql;

/// A role with so many holders is not deleted with them in one unit: it would hold their rows for too long.
const HOLDERS_MAX: usize = 1_000;

#[derive(sqlx::FromRow)]
struct RoleRow {
    id: Uuid,
    name: String,
    description: Option<String>,
    built_in: bool,
    permission: Option<String>,
}

/// From rows in the order of their roles, one a permission. A permission that this version cannot read grants nothing.
fn roles(rows: Vec<RoleRow>) -> Vec<Role> {
    let mut roles: Vec<Role> = Vec::new();
    for row in rows {
        let permission = row.permission.and_then(|text| text.parse::<Permission>().ok());
        if let Some(role) = roles.last_mut().filter(|role| role.id == row.id) {
            role.permissions.extend(permission);
            continue;
        }
        let permissions: Permissions = permission.into_iter().collect();
        let RoleRow { id, name, description, built_in, .. } = row;
        roles.push(Role { id, name, description, permissions, built_in });
    }
    roles
}

/// The latest first.
pub struct ListRoles {
    pub page: PageRequest,
}

impl Query for ListRoles {
    const ACCESS: Access = Access::Read;
    type Output = Page<Role>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Page<Role>> {
        let rows: Vec<RoleRow> = conn
            .query(sql!(
                "SELECT r.id, r.name, r.description, r.built_in, p.permission FROM \
                 (SELECT id, name, description, built_in FROM roles WHERE id < ? ORDER BY id DESC LIMIT ?) r \
                 LEFT JOIN role_permissions p ON p.role_id = r.id ORDER BY r.id DESC, p.permission"
            ))
            .bind(self.page.place().id)
            .bind(self.page.rows())
            .all()
            .await?;
        // Ids alone are the order: they were made in it.
        let place = |role: &Role| PageCursor { at: Timestamp::default(), id: role.id };
        Ok(Page::cut(roles(rows), self.page, place))
    }
}

pub struct FindRole {
    pub name: String,
}

impl Query for FindRole {
    const ACCESS: Access = Access::Read;
    type Output = Option<Role>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Option<Role>> {
        let find = sql!(
            "SELECT r.id, r.name, r.description, r.built_in, p.permission FROM roles r \
             LEFT JOIN role_permissions p ON p.role_id = r.id WHERE r.name = ? ORDER BY p.permission"
        );
        let rows = conn.query(find).bind(self.name.clone()).all().await?;
        Ok(roles(rows).pop())
    }
}

async fn find_by_id(conn: &mut Conn<'_>, id: Uuid) -> sqlx::Result<Option<Role>> {
    let find = sql!(
        "SELECT r.id, r.name, r.description, r.built_in, p.permission FROM roles r \
         LEFT JOIN role_permissions p ON p.role_id = r.id WHERE r.id = ? ORDER BY p.permission"
    );
    let rows = conn.query(find).bind(id).all().await?;
    Ok(roles(rows).pop())
}

/// A role that is not built in, with an id from its caller.
pub struct CreateRole(pub Role);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleCreated {
    Yes,
    NameTaken,
}

#[derive(sqlx::FromRow)]
struct Key {
    id: Uuid,
}

impl Query for CreateRole {
    type Output = RoleCreated;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<RoleCreated> {
        let new = &self.0;
        let find = sql!("SELECT id FROM roles WHERE name = ?");
        let holder: Option<Key> = conn.query(find).bind(new.name.clone()).optional().await?;
        if let Some(holder) = holder {
            return Ok(if holder.id == new.id { RoleCreated::Yes } else { RoleCreated::NameTaken });
        }
        conn.query(sql!("INSERT INTO roles (id, name, description, built_in, guard) VALUES (?, ?, ?, ?, 0)"))
            .bind(new.id)
            .bind(new.name.clone())
            .bind(new.description.clone())
            .bind(new.built_in)
            .execute()
            .await?;
        write_permissions(conn, new).await?;
        Ok(RoleCreated::Yes)
    }
}

async fn write_permissions(conn: &mut Conn<'_>, role: &Role) -> sqlx::Result<()> {
    for permission in role.permissions.iter() {
        conn.query(sql!("INSERT INTO role_permissions (role_id, permission) VALUES (?, ?)"))
            .bind(role.id)
            .bind(permission.to_string())
            .execute()
            .await?;
    }
    Ok(())
}

/// Makes a role what it is to be, if it still is what was seen.
pub struct ReplaceRole {
    pub seen: Etag,
    pub role: Role,
    pub access_ttl: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoleReplaced {
    /// With what it makes stale, where its permissions changed.
    Yes(Option<Revocation>),
    /// It is not what was seen.
    Overtaken,
    NoSuchRole,
}

impl Query for ReplaceRole {
    type Output = RoleReplaced;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<RoleReplaced> {
        let Some(present) = hold(conn, self.role.id).await? else { return Ok(RoleReplaced::NoSuchRole) };
        if let Some(done) = revocations::find(conn, conn.unit()).await? {
            return Ok(RoleReplaced::Yes(Some(done)));
        }
        if present.etag() == self.role.etag() {
            return Ok(RoleReplaced::Yes(None));
        }
        if present.etag() != self.seen {
            return Ok(RoleReplaced::Overtaken);
        }
        conn.query(sql!("UPDATE roles SET description = ? WHERE id = ?"))
            .bind(self.role.description.clone())
            .bind(self.role.id)
            .execute()
            .await?;
        if present.permissions == self.role.permissions {
            return Ok(RoleReplaced::Yes(None));
        }
        delete_rows(conn, sql!("DELETE FROM role_permissions WHERE role_id = ?"), self.role.id).await?;
        write_permissions(conn, &self.role).await?;
        let revocation = make_stale(conn, "role_changed", self.access_ttl).await?;
        Ok(RoleReplaced::Yes(Some(revocation)))
    }
}

/// Deletes a role and takes it from those who hold it, if it still is what was seen.
pub struct DeleteRole {
    pub id: Uuid,
    pub seen: Etag,
    pub access_ttl: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoleDeleted {
    Yes(Revocation),
    Overtaken,
    /// Too many hold it.
    InUse,
    NoSuchRole,
}

impl Query for DeleteRole {
    type Output = RoleDeleted;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<RoleDeleted> {
        if let Some(done) = revocations::find(conn, conn.unit()).await? {
            return Ok(RoleDeleted::Yes(done));
        }
        let Some(present) = hold(conn, self.id).await? else { return Ok(RoleDeleted::NoSuchRole) };
        if present.etag() != self.seen {
            return Ok(RoleDeleted::Overtaken);
        }
        let holders: Vec<Key> = conn
            .query(sql!("SELECT user_id AS id FROM user_roles WHERE role_id = ? LIMIT ?"))
            .bind(self.id)
            .bind(i64::try_from(HOLDERS_MAX + 1).unwrap_or(i64::MAX))
            .all()
            .await?;
        if holders.len() > HOLDERS_MAX {
            return Ok(RoleDeleted::InUse);
        }
        delete_rows(conn, sql!("DELETE FROM user_roles WHERE role_id = ?"), self.id).await?;
        delete_rows(conn, sql!("DELETE FROM role_permissions WHERE role_id = ?"), self.id).await?;
        match delete_rows(conn, sql!("DELETE FROM roles WHERE id = ?"), self.id).await {
            Ok(()) => {}
            // Granted meanwhile, which PostgreSQL allows while the row is only held; the next run takes it back.
            Err(sqlx::Error::Database(refusal)) if refusal.kind() == ErrorKind::ForeignKeyViolation => {
                return Err(overtaken());
            }
            Err(cause) => return Err(cause),
        }
        Ok(RoleDeleted::Yes(make_stale(conn, "role_deleted", self.access_ttl).await?))
    }
}

/// The role as it is until this unit ends.
async fn hold(conn: &mut Conn<'_>, id: Uuid) -> sqlx::Result<Option<Role>> {
    let held = conn.query(sql!("UPDATE roles SET guard = guard + 1 WHERE id = ?")).bind(id).execute().await?;
    if held == 0 { Ok(None) } else { find_by_id(conn, id).await }
}

async fn delete_rows(conn: &mut Conn<'_>, delete: Sql, id: Uuid) -> sqlx::Result<()> {
    conn.query(delete).bind(id).execute().await.map(drop)
}

/// One row for everybody, not a write for each holder.
async fn make_stale(conn: &mut Conn<'_>, reason: &str, access_ttl: Duration) -> sqlx::Result<Revocation> {
    let revocation = Revocation::new(conn.now(), What::AllClaims, reason, access_ttl);
    let revocation = Revocation { id: conn.unit(), ..revocation };
    revocations::write(conn, &revocation).await?;
    Ok(revocation)
}
