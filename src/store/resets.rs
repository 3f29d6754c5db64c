//! A forgotten password: another one, by a token that was mailed to the account's address.

use std::time::Duration;

use super::addresses::mark_verified;
use super::conn::Conn;
use super::one_time_tokens::{self, Kind};
use super::passwords::{self, SetPassword};
use super::query::Query;
use super::registrations::Spend;
use super::sessions::{self, EndUserSessions};
use super::users;
use crate::domain::revocation::Revocation;
use crate::domain::session::EndReason;

/// Spends the token, sets the password, and ends every session: whoever knew the old password is out.
pub struct ResetPassword {
    pub token: Spend,
    pub set: SetPassword,
    /// The address that was written to, as it is compared. Whoever brings the token has shown that it is theirs.
    pub email_key: String,
    /// How long the access tokens live that are ended.
    pub access_ttl: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasswordReset {
    Yes(Option<Revocation>),
    /// Or the account has another address by now.
    TokenSpent,
    /// The account is not as it was looked at. The token is still good: look again.
    Overtaken,
}

impl Query for ResetPassword {
    type Output = PasswordReset;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<PasswordReset> {
        let Spend { token_hash, attempt } = self.token;
        let (kind, user_id) = (Kind::ResetPassword, self.set.user_id);
        if one_time_tokens::find(conn, kind, token_hash, attempt).await?.is_none() {
            return Ok(PasswordReset::TokenSpent);
        }
        users::hold(conn, user_id).await?;
        if one_time_tokens::consume(conn, kind, token_hash, attempt).await?.is_none() {
            return Ok(PasswordReset::TokenSpent);
        }
        // Before anything else, so that a token for an address that is the account's no more does nothing but end.
        if !mark_verified(conn, user_id, &self.email_key).await? {
            return Ok(PasswordReset::TokenSpent);
        }
        if !passwords::set(conn, &self.set).await? {
            one_time_tokens::give_back(conn, kind, token_hash, attempt).await?;
            return Ok(PasswordReset::Overtaken);
        }
        let end =
            EndUserSessions { user_id, except: None, reason: EndReason::PasswordReset, access_ttl: self.access_ttl };
        Ok(PasswordReset::Yes(sessions::end_all_of(conn, &end).await?))
    }
}
