//! `users` with the roles of each, as administrators see them.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::conn::Conn;
use super::query::{Access, Query};
use super::sql::Sql;
use super::sweeping::marks;
use super::users::{UserRow, user_columns};
use crate::domain::clock::Timestamp;
use crate::domain::user_record::UserRecord;
use crate::sql;

pub struct FindRecord {
    pub user_id: Uuid,
}

impl Query for FindRecord {
    const ACCESS: Access = Access::Read;
    type Output = Option<UserRecord>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Option<UserRecord>> {
        find(conn, self.user_id).await
    }
}

/// For units that hold the user's row and look at what they change.
pub(super) async fn find(conn: &mut Conn<'_>, user_id: Uuid) -> sqlx::Result<Option<UserRecord>> {
    let select = sql!(concat!("SELECT ", user_columns!(), " FROM users u WHERE u.id = ?"));
    let Some(user) = conn.query(select).bind(user_id).optional::<UserRow>().await? else {
        return Ok(None);
    };
    Ok(with_roles(conn, vec![user]).await?.pop())
}

/// In the order in which they come.
pub(super) async fn with_roles(conn: &mut Conn<'_>, users: Vec<UserRow>) -> sqlx::Result<Vec<UserRecord>> {
    let ids: Vec<Uuid> = users.iter().map(|user| user.standing().user_id).collect();
    let mut roles = roles_of(conn, &ids).await?;
    let record = |user: UserRow| {
        let standing = user.standing();
        let mut roles = roles.remove(&standing.user_id).unwrap_or_default();
        roles.sort_unstable();
        UserRecord {
            locked_at: user.locked_at(),
            must_change_password: standing.must_change_password,
            password_changed_at: standing.password_changed_at,
            roles,
            account: user.account(),
        }
    };
    Ok(users.into_iter().map(record).collect())
}

#[derive(sqlx::FromRow)]
struct HeldRow {
    user_id: Uuid,
    name: String,
}

/// The same SELECT for 64, 8 and 1 users: a page in few statements, none of them made from data.
macro_rules! held_by {
    ($many:tt) => {
        (
            $many,
            sql!(concat!(
                "SELECT ur.user_id, r.name FROM user_roles ur JOIN roles r ON r.id = ur.role_id WHERE ur.user_id IN (",
                marks!($many),
                ")"
            )),
        )
    };
}

const HELD: [(usize, Sql); 3] = [held_by!(64), held_by!(8), held_by!(1)];

async fn roles_of(conn: &mut Conn<'_>, users: &[Uuid]) -> sqlx::Result<BTreeMap<Uuid, Vec<String>>> {
    let mut held = BTreeMap::<Uuid, Vec<String>>::new();
    let mut rest = users;
    for (arity, sql) in HELD {
        while let Some((now, later)) = rest.split_at_checked(arity) {
            let statement = now.iter().fold(conn.query(sql), |statement, id| statement.bind(*id));
            for HeldRow { user_id, name } in statement.all().await? {
                held.entry(user_id).or_default().push(name);
            }
            rest = later;
        }
    }
    Ok(held)
}

/// Changes nothing but when the account was last changed: for units that change what has a column elsewhere.
pub(super) async fn touch(conn: &mut Conn<'_>, user_id: Uuid, now: Timestamp) -> sqlx::Result<u64> {
    conn.query(sql!("UPDATE users SET updated_at = ? WHERE id = ?")).bind(now).bind(user_id).execute().await
}
