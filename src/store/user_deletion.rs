//! An account that an administrator deletes: what an owner's own leaving does, of the record that was looked at.

use super::account_deletion::{AccountDeleted, DeleteAccount};
use super::conn::Conn;
use super::query::Query;
use super::{administrators, revocations, user_records, users};
use crate::domain::etag::Precondition;
use crate::domain::revocation::Revocation;

pub struct DeleteUser {
    pub delete: DeleteAccount,
    pub precondition: Precondition,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserDeleted {
    Yes(Revocation),
    PreconditionFailed,
    /// There would be no administrator left who can sign in.
    LastAdministrator,
    NoSuchUser,
}

impl Query for DeleteUser {
    type Output = UserDeleted;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<UserDeleted> {
        if let Some(done) = revocations::find(conn, conn.unit()).await? {
            return Ok(UserDeleted::Yes(done));
        }
        administrators::guard(conn).await?;
        users::hold(conn, self.delete.user_id).await?;
        let Some(record) = user_records::find(conn, self.delete.user_id).await? else {
            return Ok(UserDeleted::NoSuchUser);
        };
        if !self.precondition.holds_for(&record.etag()) {
            return Ok(UserDeleted::PreconditionFailed);
        }
        Ok(match self.delete.run(conn).await? {
            AccountDeleted::Yes(revocation) => UserDeleted::Yes(revocation),
            AccountDeleted::LastAdministrator => UserDeleted::LastAdministrator,
            AccountDeleted::NoSuchUser => UserDeleted::NoSuchUser,
        })
    }
}
