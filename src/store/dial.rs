//! How a database server is called, and what is settled with each new connection.
//!
//! The server gets limits of its own, a little longer than ours: a statement whose client has left must end there too.

use secrecy::ExposeSecret;
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlSslMode};
use sqlx::postgres::{PgConnectOptions, PgSslMode};

use crate::config::database::{ServerAddress, TlsMode};

pub(super) fn mysql(address: &ServerAddress) -> MySqlConnectOptions {
    let mut options = MySqlConnectOptions::new()
        .host(&address.host)
        .port(address.port)
        .username(&address.username)
        .database(&address.database)
        .ssl_mode(match address.tls {
            TlsMode::Disabled => MySqlSslMode::Disabled,
            TlsMode::Preferred => MySqlSslMode::Preferred,
            TlsMode::Required => MySqlSslMode::Required,
            TlsMode::Verify => MySqlSslMode::VerifyIdentity,
        });
    if !address.password.expose_secret().is_empty() {
        options = options.password(address.password.expose_secret());
    }
    if let Some(authority) = &address.tls_ca {
        options = options.ssl_ca(authority);
    }
    if let Some(socket) = &address.socket {
        options = options.socket(socket);
    }
    options
}

pub(super) fn postgres(address: &ServerAddress) -> PgConnectOptions {
    let mut options = PgConnectOptions::new_without_pgpass()
        .host(&address.host)
        .port(address.port)
        .username(&address.username)
        .database(&address.database)
        .application_name("keystead")
        .options([
            ("statement_timeout", "1700ms"),
            ("lock_timeout", "1000ms"),
            ("idle_in_transaction_session_timeout", "5s"),
        ])
        .ssl_mode(match address.tls {
            TlsMode::Disabled => PgSslMode::Disable,
            TlsMode::Preferred => PgSslMode::Prefer,
            TlsMode::Required => PgSslMode::Require,
            TlsMode::Verify => PgSslMode::VerifyFull,
        });
    if !address.password.expose_secret().is_empty() {
        options = options.password(address.password.expose_secret());
    }
    if let Some(authority) = &address.tls_ca {
        options = options.ssl_root_cert(authority);
    }
    if let Some(socket) = &address.socket {
        options = options.socket(socket);
    }
    options
}

/// READ COMMITTED, since every race is decided by a row count and gap locks only make deadlocks. MariaDB can end a
/// statement that takes too long; MySQL knows that for SELECT alone. On Galera a read waits for what other nodes wrote.
pub(super) async fn prepare_mysql(conn: &mut MySqlConnection) -> sqlx::Result<()> {
    let (version,): (String,) = sqlx::query_as("SELECT VERSION()").fetch_one(&mut *conn).await?;
    sqlx::raw_sql("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; SET SESSION innodb_lock_wait_timeout = 1")
        .execute(&mut *conn)
        .await?;
    if !version.contains("MariaDB") {
        sqlx::raw_sql("SET SESSION max_execution_time = 1700").execute(&mut *conn).await?;
        return Ok(());
    }
    sqlx::raw_sql("SET SESSION max_statement_time = 1.7").execute(&mut *conn).await?;
    let galera: Option<(String, String)> =
        sqlx::query_as("SHOW VARIABLES LIKE 'wsrep_on'").fetch_optional(&mut *conn).await?;
    if galera.is_some_and(|(_, value)| value == "ON") {
        sqlx::raw_sql("SET SESSION wsrep_sync_wait = 7").execute(&mut *conn).await?;
    }
    Ok(())
}
