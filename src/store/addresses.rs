//! Whether an account's e-mail address was shown to be its owner's, and changing it for another.

use uuid::Uuid;

use super::conn::Conn;
use super::one_time_tokens::{self, Kind};
use super::outbox::{self, NewMail};
use super::query::Query;
use super::registrations::Spend;
use super::users;
use crate::domain::email::Email;
use crate::sql;

/// By a token that was mailed to it.
pub struct VerifyAddress {
    pub token: Spend,
    pub user_id: Uuid,
    /// The address that was written to, as it is compared.
    pub email_key: String,
}

impl Query for VerifyAddress {
    /// `false`: the token is not good any more, or the account has another address by now.
    type Output = bool;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<bool> {
        let Spend { token_hash, attempt } = self.token;
        if one_time_tokens::find(conn, Kind::VerifyEmail, token_hash, attempt).await?.is_none() {
            return Ok(false);
        }
        users::hold(conn, self.user_id).await?;
        if one_time_tokens::consume(conn, Kind::VerifyEmail, token_hash, attempt).await?.is_none() {
            return Ok(false);
        }
        // Where that is not the account's address any more, the token may as well be spent.
        if !mark_verified(conn, self.user_id, &self.email_key).await? {
            return Ok(false);
        }
        one_time_tokens::withdraw(conn, Kind::VerifyEmail, Some(self.user_id)).await?;
        Ok(true)
    }
}

/// For units in which somebody has shown that a mail to the address reaches them. `false` where the account has another
/// one. The first time stays written.
pub(super) async fn mark_verified(conn: &mut Conn<'_>, user_id: Uuid, email_key: &str) -> sqlx::Result<bool> {
    let now = conn.now();
    let marked = conn
        .query(sql!(
            "UPDATE users SET email_verified_at = COALESCE(email_verified_at, ?) WHERE id = ? AND email_key = ?"
        ))
        .bind(now)
        .bind(user_id)
        .bind(email_key.to_owned())
        .execute()
        .await?;
    Ok(marked == 1)
}

/// By a token that was mailed to the new address.
pub struct ChangeAddress {
    pub token: Spend,
    pub user_id: Uuid,
    /// The user's when the change was asked for: what a session wanted that was ended since does not happen.
    pub auth_epoch: i64,
    /// As it was looked at; `None` where the account had no address.
    pub old_key: Option<String>,
    pub new: Email,
    /// To the old address.
    pub letter: Option<NewMail>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressChanged {
    Yes,
    /// Or the account is not as it was when the change was asked for.
    TokenSpent,
    /// The token stays good.
    EmailTaken,
}

impl Query for ChangeAddress {
    type Output = AddressChanged;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<AddressChanged> {
        let Spend { token_hash, attempt } = self.token;
        if one_time_tokens::find(conn, Kind::ChangeEmail, token_hash, attempt).await?.is_none() {
            return Ok(AddressChanged::TokenSpent);
        }
        if self.is_taken(conn).await? {
            return Ok(AddressChanged::EmailTaken);
        }
        users::hold(conn, self.user_id).await?;
        if one_time_tokens::consume(conn, Kind::ChangeEmail, token_hash, attempt).await?.is_none() {
            return Ok(AddressChanged::TokenSpent);
        }
        // The unique key decides where two want the same address: the other one runs again, and finds it held.
        if self.write(conn).await? == 0 {
            return Ok(AddressChanged::TokenSpent);
        }
        // They went to the old address, which may be somebody else's by now.
        for kind in [Kind::ResetPassword, Kind::VerifyEmail, Kind::ChangeEmail] {
            one_time_tokens::withdraw(conn, kind, Some(self.user_id)).await?;
        }
        if let Some(letter) = &self.letter {
            outbox::put(conn, letter).await?;
        }
        Ok(AddressChanged::Yes)
    }
}

#[derive(sqlx::FromRow)]
struct Holder {
    id: Uuid,
}

impl ChangeAddress {
    async fn is_taken(&self, conn: &mut Conn<'_>) -> sqlx::Result<bool> {
        let find = sql!("SELECT id FROM users WHERE email_key = ?");
        let holder: Option<Holder> = conn.query(find).bind(self.new.key().to_owned()).optional().await?;
        Ok(holder.is_some_and(|holder| holder.id != self.user_id))
    }

    /// Over the old address, or over the new one: then an earlier run has written it.
    async fn write(&self, conn: &mut Conn<'_>) -> sqlx::Result<u64> {
        let now = conn.now();
        conn.query(sql!(
            "UPDATE users SET email = ?, email_key = ?, email_verified_at = ?, updated_at = ? \
             WHERE id = ? AND auth_epoch = ? AND active = TRUE AND locked_at IS NULL AND COALESCE(email_key, '') IN (?, ?)"
        ))
        .bind(self.new.as_entered().to_owned())
        .bind(self.new.key().to_owned())
        .bind(now)
        .bind(now)
        .bind(self.user_id)
        .bind(self.auth_epoch)
        .bind(self.old_key.clone().unwrap_or_default())
        .bind(self.new.key().to_owned())
        .execute()
        .await
    }
}
