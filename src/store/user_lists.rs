//! `users` as lists for administrators. Each kind of list is one statement of its own, and an index leads through it in
//! its order; the other filters thin out what comes by.

use uuid::Uuid;

use super::conn::{Conn, Statement};
use super::query::{Access, Query};
use super::sql::Sql;
use super::user_records::with_roles;
use super::users::{UserRow, user_columns};
use crate::domain::clock::Timestamp;
use crate::domain::email::EmailPrefix;
use crate::domain::page::PageCursor;
use crate::domain::user_list::{UserCursor, UserFilters, UserOrder, UserPage, UserSearch};
use crate::domain::username::UsernamePrefix;
use crate::sql;

/// After every character that a name may hold, so what begins with a text sorts before the text with this behind it.
const AFTER_ALL: char = char::MAX;

/// Where a filter leads to nothing in particular.
const ANY_ROLE: Uuid = Uuid::nil();

/// A list that is led by one condition and thinned out by the other filters. PostgreSQL sees in its statistics which index
/// is of use; for the others COALESCE keeps `created_at` from leading to an index of its own.
macro_rules! led {
    ($from:literal, $by:literal, $order:literal) => {
        sql!(
            led!($from, $by, "COALESCE(u.created_at, 0) >= ? AND COALESCE(u.created_at, 0) < ?", $order),
            postgres = sql!(led!($from, $by, "u.created_at >= ? AND u.created_at < ?", $order)).postgres,
        )
    };
    ($from:literal, $by:literal, $made:literal, $order:literal) => {
        concat!(
            listed!($from, $by),
            " AND ",
            $made,
            " AND (? OR u.active = ?) AND (? OR EXISTS (SELECT 1 FROM user_roles held WHERE held.user_id = u.id \
             AND held.role_id = ?)) ORDER BY ",
            $order,
            " LIMIT ?"
        )
    };
}

macro_rules! listed {
    ($from:literal, $by:literal) => {
        concat!("SELECT u.email_key, u.username_key, ", user_columns!(), " FROM ", $from, " WHERE ", $by)
    };
}

/// SQLite begins at one lower bound and reads past what a second one rules out, so the one that is of use is the index's
/// alone: see `prefix_range`. What COALESCE holds only leaves out the last one of the page before.
const BY_EMAIL: Sql = led!(
    "users u",
    "COALESCE(u.email_key, '') > ? AND u.email_key >= ? AND u.email_key < ? \
     AND (? OR (u.username_key >= ? AND u.username_key < ?))",
    "u.email_key"
);
const BY_USERNAME: Sql = led!(
    "users u",
    "COALESCE(u.username_key, '') > ? AND u.username_key >= ? AND u.username_key < ?",
    "u.username_key"
);

/// By id, which is a UUIDv7: the newest account has the greatest. CROSS JOIN is an inner join in which SQLite keeps the
/// order. Both ids have the bound, because PostgreSQL may read two indexes side by side.
const BY_ROLE_FALLING: Sql = led!(
    "user_roles ur CROSS JOIN users u",
    "u.id = ur.user_id AND ur.role_id = ? AND ur.user_id < ? AND u.id < ?",
    "ur.user_id DESC"
);
const BY_ROLE_RISING: Sql = led!(
    "user_roles ur CROSS JOIN users u",
    "u.id = ur.user_id AND ur.role_id = ? AND ur.user_id > ? AND u.id > ?",
    "ur.user_id"
);

const BY_STATE_FALLING: Sql = sql!(concat!(
    listed!("users u", "u.active = ? AND u.created_at >= ? AND u.created_at <= ? AND (u.created_at < ? OR u.id < ?)"),
    " AND (? OR EXISTS (SELECT 1 FROM user_roles held WHERE held.user_id = u.id AND held.role_id = ?)) \
     ORDER BY u.created_at DESC, u.id DESC LIMIT ?"
));
const BY_STATE_RISING: Sql = sql!(concat!(
    listed!("users u", "u.active = ? AND u.created_at >= ? AND u.created_at <= ? AND (u.created_at > ? OR u.id > ?)"),
    " AND (? OR EXISTS (SELECT 1 FROM user_roles held WHERE held.user_id = u.id AND held.role_id = ?)) \
     ORDER BY u.created_at, u.id LIMIT ?"
));

const BY_TIME_FALLING: Sql = sql!(concat!(
    listed!("users u", "u.created_at >= ? AND u.created_at <= ? AND (u.created_at < ? OR u.id < ?)"),
    " ORDER BY u.created_at DESC, u.id DESC LIMIT ?"
));
const BY_TIME_RISING: Sql = sql!(concat!(
    listed!("users u", "u.created_at >= ? AND u.created_at <= ? AND (u.created_at > ? OR u.id > ?)"),
    " ORDER BY u.created_at, u.id LIMIT ?"
));

pub struct ListUsers(pub UserSearch);

#[derive(sqlx::FromRow)]
struct ListedRow {
    email_key: Option<String>,
    username_key: Option<String>,
    #[sqlx(flatten)]
    user: UserRow,
}

#[derive(sqlx::FromRow)]
struct RoleRow {
    id: Uuid,
}

impl Query for ListUsers {
    const ACCESS: Access = Access::Read;
    type Output = UserPage;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<UserPage> {
        let role = match &self.0.filters().role {
            None => None,
            Some(name) => {
                let find = sql!("SELECT id FROM roles WHERE name = ?");
                let Some(RoleRow { id }) = conn.query(find).bind(name.clone()).optional().await? else {
                    return Ok(UserPage { items: Vec::new(), next: None });
                };
                Some(id)
            }
        };
        let rows = self.rows(conn, role).await?;
        self.page(conn, rows).await
    }
}

impl ListUsers {
    async fn rows(&self, conn: &mut Conn<'_>, role: Option<Uuid>) -> sqlx::Result<Vec<ListedRow>> {
        let filters = self.0.filters();
        let statement = match (self.0.order(), role, filters.active) {
            (UserOrder::ByEmail, role, _) => self.by_email(conn, role),
            (UserOrder::ByUsername, role, _) => self.by_username(conn, role),
            // Few are out of use, but many may hold a role.
            (order, Some(role), None | Some(true)) => self.by_role(conn, order, role),
            (order, role, Some(active)) => self.by_state(conn, order, active, role),
            (order, None, None) => self.by_time(conn, order),
        };
        statement.bind(self.0.rows()).all().await
    }

    fn by_email<'c>(&self, conn: &'c mut Conn<'_>, role: Option<Uuid>) -> Statement<'c> {
        let filters = self.0.filters();
        let (from, before) = prefix_range(filters.email.as_ref().map(EmailPrefix::as_str), self.0.after_name());
        let is_any_username = filters.username.is_none();
        let (name_from, name_before) = prefix_range(filters.username.as_ref().map(UsernamePrefix::as_str), "");
        let led = conn.query(BY_EMAIL).bind(self.0.after_name().to_owned()).bind(from).bind(before);
        thin_out(led.bind(is_any_username).bind(name_from).bind(name_before), filters, role)
    }

    fn by_username<'c>(&self, conn: &'c mut Conn<'_>, role: Option<Uuid>) -> Statement<'c> {
        let filters = self.0.filters();
        let (from, before) = prefix_range(filters.username.as_ref().map(UsernamePrefix::as_str), self.0.after_name());
        let led = conn.query(BY_USERNAME).bind(self.0.after_name().to_owned()).bind(from).bind(before);
        thin_out(led, filters, role)
    }

    fn by_role<'c>(&self, conn: &'c mut Conn<'_>, order: UserOrder, role: Uuid) -> Statement<'c> {
        let rises = order == UserOrder::OldestFirst;
        let (sql, start) = if rises { (BY_ROLE_RISING, Uuid::nil()) } else { (BY_ROLE_FALLING, Uuid::max()) };
        let after = self.0.after_moment().map_or(start, |cursor| cursor.id);
        thin_out(conn.query(sql).bind(role).bind(after).bind(after), self.0.filters(), None)
    }

    fn by_state<'c>(
        &self,
        conn: &'c mut Conn<'_>,
        order: UserOrder,
        active: bool,
        role: Option<Uuid>,
    ) -> Statement<'c> {
        let sql = if order == UserOrder::OldestFirst { BY_STATE_RISING } else { BY_STATE_FALLING };
        let led = self.bind_span(conn.query(sql).bind(active), order);
        led.bind(role.is_none()).bind(role.unwrap_or(ANY_ROLE))
    }

    fn by_time<'c>(&self, conn: &'c mut Conn<'_>, order: UserOrder) -> Statement<'c> {
        let sql = if order == UserOrder::OldestFirst { BY_TIME_RISING } else { BY_TIME_FALLING };
        self.bind_span(conn.query(sql), order)
    }

    /// From when to when, both included, and the place after which to read. The place narrows the span too, so that an
    /// index leads to it.
    fn bind_span<'c>(&self, statement: Statement<'c>, order: UserOrder) -> Statement<'c> {
        let UserFilters { created_after, created_before, .. } = self.0.filters();
        let mut first = created_after.unwrap_or(Timestamp::from_micros(0));
        let mut last = created_before.map_or(Timestamp::from_micros(i64::MAX), just_before);
        let place = if order == UserOrder::OldestFirst {
            let place = self.0.after_moment().unwrap_or(BEFORE_THE_OLDEST);
            first = first.max(place.at);
            place
        } else {
            let place = self.0.after_moment().unwrap_or(BEFORE_THE_NEWEST);
            last = last.min(place.at);
            place
        };
        statement.bind(first).bind(last).bind(place.at).bind(place.id)
    }

    async fn page(&self, conn: &mut Conn<'_>, mut rows: Vec<ListedRow>) -> sqlx::Result<UserPage> {
        let wanted = usize::try_from(self.0.rows()).unwrap_or(usize::MAX) - 1;
        let has_more = rows.len() > wanted;
        rows.truncate(wanted);
        let next = rows.last().filter(|_| has_more).map(|row| self.place(row));
        let users = rows.into_iter().map(|row| row.user).collect();
        Ok(UserPage { items: with_roles(conn, users).await?, next })
    }

    fn place(&self, row: &ListedRow) -> UserCursor {
        match self.0.order() {
            UserOrder::ByEmail => UserCursor::Name(row.email_key.clone().unwrap_or_default()),
            UserOrder::ByUsername => UserCursor::Name(row.username_key.clone().unwrap_or_default()),
            UserOrder::NewestFirst | UserOrder::OldestFirst => {
                let account = row.user.clone().account();
                UserCursor::At(PageCursor { at: account.created_at, id: account.id })
            }
        }
    }
}

const BEFORE_THE_NEWEST: PageCursor = PageCursor { at: Timestamp::from_micros(i64::MAX), id: Uuid::max() };
const BEFORE_THE_OLDEST: PageCursor = PageCursor { at: Timestamp::from_micros(0), id: Uuid::nil() };

fn just_before(moment: Timestamp) -> Timestamp {
    Timestamp::from_micros(moment.as_micros() - 1)
}

/// From the first text that begins so, or from `after` where that comes later, to before the first that sorts after all of
/// them. With `None`, every text.
fn prefix_range(prefix: Option<&str>, after: &str) -> (String, String) {
    let prefix = prefix.unwrap_or_default();
    (prefix.max(after).to_owned(), format!("{prefix}{AFTER_ALL}"))
}

/// The values of the filters that do not lead.
fn thin_out<'c>(statement: Statement<'c>, filters: &UserFilters, role: Option<Uuid>) -> Statement<'c> {
    statement
        .bind(filters.created_after.unwrap_or(Timestamp::from_micros(0)))
        .bind(filters.created_before.unwrap_or(Timestamp::from_micros(i64::MAX)))
        .bind(filters.active.is_none())
        .bind(filters.active.unwrap_or(true))
        .bind(role.is_none())
        .bind(role.unwrap_or(ANY_ROLE))
}
