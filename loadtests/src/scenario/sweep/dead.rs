//! Sessions that ended long ago, with their families: no command makes those, so they are written into the tables, ten
//! thousand a statement. Their ids are in the order of time, as those of real ones.

use anyhow::Context as _;
use sqlx::{Connection as _, MySqlConnection, PgConnection, SqliteConnection};

use crate::place::database::Kind;
use crate::place::own::Own;

/// Rows of one statement: four digits.
const ROWS: usize = 10_000;
/// In microseconds since 1970: in September 2020, long before anything that is alive.
const LONG_AGO: i64 = 1_600_000_000_000_000;

/// Four digits side by side: ten thousand numbers, in every dialect the same.
macro_rules! numbers {
    () => {
        "(SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d AS n FROM digits a, digits b, digits c, digits e) numbers"
    };
}
macro_rules! digits {
    () => {
        "WITH digits AS (SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 \
         UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9) "
    };
}

const SQLITE: &str = concat!(
    "INSERT INTO sessions (id, user_id, created_at, expires_at, auth_time, auth_epoch, amr) ",
    digits!(),
    "SELECT CAST(unhex(printf('%014x', ?1 + n)) || randomblob(9) AS BLOB), (SELECT id FROM users LIMIT 1), ",
    "?1 + n, ?1 + n, ?1 + n, 0, 'pwd' FROM ",
    numbers!()
);
const MYSQL: &str = concat!(
    "INSERT INTO sessions (id, user_id, created_at, expires_at, auth_time, auth_epoch, amr) ",
    digits!(),
    "SELECT UNHEX(CONCAT(LPAD(HEX(? + n), 14, '0'), LEFT(MD5(RAND()), 18))), (SELECT id FROM users LIMIT 1), ",
    "? + n, ? + n, ? + n, 0, 'pwd' FROM ",
    numbers!()
);
const POSTGRES: &str = concat!(
    "INSERT INTO sessions (id, user_id, created_at, expires_at, auth_time, auth_epoch, amr) ",
    digits!(),
    "SELECT (lpad(to_hex($1 + n), 14, '0') || left(md5(random()::text), 18))::uuid, (SELECT id FROM users LIMIT 1), ",
    "$1 + n, $1 + n, $1 + n, 0, 'pwd' FROM ",
    numbers!()
);
/// A family for each of them; whichever id is unique will do.
macro_rules! families {
    ($from:literal, $to:literal) => {
        concat!(
            "INSERT INTO refresh_tokens (id, session_id, user_id, mac_key_id, generation, expires_at, revoked, created_at) ",
            "SELECT id, id, user_id, id, 0, expires_at, FALSE, created_at FROM sessions WHERE expires_at BETWEEN ",
            $from,
            " AND ",
            $to
        )
    };
}
const DEAD: &str = "SELECT COUNT(*) FROM sessions WHERE expires_at < 1700000000000000";
const END_LEASE: &str = "UPDATE leases SET expires_at = 0";

/// In whole ten thousands. For a database that nobody else works on.
pub async fn make(own: &Own, rows: usize) -> anyhow::Result<()> {
    let begins =
        (0..rows.div_ceil(ROWS)).filter_map(|some| i64::try_from(some * ROWS).ok()).map(|some| LONG_AGO + some);
    let ends = |begin: i64| begin + i64::try_from(ROWS).unwrap_or_default() - 1;
    let url = own.database_url();
    match own.kind {
        Kind::Sqlite => {
            let mut conn = SqliteConnection::connect(url).await.context("the SQLite file")?;
            for begin in begins {
                sqlx::query(SQLITE).bind(begin).execute(&mut conn).await.context("dead sessions")?;
                let families = sqlx::query(families!("?", "?")).bind(begin).bind(ends(begin));
                families.execute(&mut conn).await.context("dead families")?;
            }
        }
        Kind::Mysql => {
            let mut conn = MySqlConnection::connect(url).await.context("the database server")?;
            for begin in begins {
                let sessions = sqlx::query(MYSQL).bind(begin).bind(begin).bind(begin).bind(begin);
                sessions.execute(&mut conn).await.context("dead sessions")?;
                let families = sqlx::query(families!("?", "?")).bind(begin).bind(ends(begin));
                families.execute(&mut conn).await.context("dead families")?;
            }
        }
        Kind::Postgres => {
            let mut conn = PgConnection::connect(url).await.context("the database server")?;
            for begin in begins {
                sqlx::query(POSTGRES).bind(begin).execute(&mut conn).await.context("dead sessions")?;
                let families = sqlx::query(families!("$1", "$2")).bind(begin).bind(ends(begin));
                families.execute(&mut conn).await.context("dead families")?;
            }
        }
    }
    Ok(())
}

/// A node that was ended in the middle of a sweep keeps the lease for half a minute; here the next one follows at once.
pub async fn end_lease(own: &Own) -> anyhow::Result<()> {
    let (url, end) = (own.database_url(), sqlx::raw_sql(END_LEASE));
    match own.kind {
        Kind::Sqlite => {
            end.execute(&mut SqliteConnection::connect(url).await?).await?;
        }
        Kind::Mysql => {
            end.execute(&mut MySqlConnection::connect(url).await?).await?;
        }
        Kind::Postgres => {
            end.execute(&mut PgConnection::connect(url).await?).await?;
        }
    }
    Ok(())
}

/// How many are still there.
pub async fn left(own: &Own) -> anyhow::Result<f64> {
    let url = own.database_url();
    let left: i64 = match own.kind {
        Kind::Sqlite => sqlx::query_scalar(DEAD).fetch_one(&mut SqliteConnection::connect(url).await?).await?,
        Kind::Mysql => sqlx::query_scalar(DEAD).fetch_one(&mut MySqlConnection::connect(url).await?).await?,
        Kind::Postgres => sqlx::query_scalar(DEAD).fetch_one(&mut PgConnection::connect(url).await?).await?,
    };
    Ok(crate::numbers::float(u64::try_from(left).unwrap_or_default()))
}
