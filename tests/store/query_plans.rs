//! With 50,000 accounts and sessions and fresh statistics: what the lists of administrators do is led by an index, whatever
//! is asked for. No table is read through, and no index from one end to the other.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use keystead::domain::clock::Timestamp;
use keystead::domain::email::EmailPrefix;
use keystead::domain::page::{PageCursor, PageRequest};
use keystead::domain::role::{ADMIN, USER};
use keystead::domain::session_filter::SessionFilter;
use keystead::domain::user_list::{UserCursor, UserFilters, UserOrder, UserSearch};
use keystead::domain::username::UsernamePrefix;
use keystead::sql;
use keystead::store::conn::Conn;
use keystead::store::explained::Explained;
use keystead::store::invitations::ListInvitations;
use keystead::store::query::{Access, Query};
use keystead::store::session_ends::FindLiving;
use keystead::store::session_lists::ListSessions;
use keystead::store::user_lists::ListUsers;
use serde_json::Value;
use uuid::Uuid;

use crate::ground::{Ground, START};
use crate::tables::{count, execute};

on_each_database! {
    every_list_is_led_by_an_index,
}

const MANY: u32 = 50_000;
/// Rows of one INSERT.
const AT_ONCE: u32 = 1_000;
/// An index may be read in its order up to the end of a page, and the planners guess how far that is.
const PAGE_ROWS: f64 = 1_000.0;
/// Tables that are so small that nobody reads them otherwise.
const SMALL: [&str; 2] = ["r", "roles"];
/// One in so many is out of use, and one in so many is an administrator.
const RARE: u32 = 1_000;

fn id(number: u32) -> Uuid {
    let at = START.as_micros() / 1_000 + i64::from(number);
    Uuid::from_u128((u128::try_from(at).unwrap() << 80) | (7 << 76) | (2 << 62) | u128::from(number))
}

fn literal(ground: &Ground, id: Uuid) -> String {
    if ground.database.url.starts_with("postgres") { format!("'{id}'") } else { format!("X'{}'", id.simple()) }
}

fn bytes(ground: &Ground, id: Uuid) -> String {
    if ground.database.url.starts_with("postgres") { format!("'\\x{}'", id.simple()) } else { literal(ground, id) }
}

/// `row`: the values of one row.
async fn insert(ground: &Ground, into: &str, row: impl Fn(u32) -> String) {
    for first in (0..MANY).step_by(AT_ONCE as usize) {
        let mut text = format!("INSERT INTO {into} VALUES ");
        for number in first..first + AT_ONCE {
            write!(text, "{}({})", if number == first { "" } else { "," }, row(number)).unwrap();
        }
        execute(&ground.database, &text).await;
    }
}

async fn fill(ground: &Ground) {
    let at = |number: u32| START.as_micros() + i64::from(number) * 1_000;
    insert(
        ground,
        "users (id, email, email_key, username, username_key, active, created_at, updated_at, mfa_enabled, auth_epoch, \
         claims_version, must_change_password, guard)",
        |number| {
            let (key, name) = (literal(ground, id(number)), format!("u{number:05}"));
            let active = if number % RARE == 0 { "FALSE" } else { "TRUE" };
            let at = at(number);
            format!("{key},'{name}@a.test','{name}@a.test','{name}','{name}',{active},{at},{at},FALSE,0,0,FALSE,0")
        },
    )
    .await;
    let roles =
        "INSERT INTO user_roles (user_id, role_id, granted_at) SELECT u.id, r.id, 1 FROM users u, roles r WHERE ";
    execute(&ground.database, &format!("{roles} r.name = '{}'", USER.name)).await;
    let few = format!("{roles} r.name = '{}' AND u.username_key LIKE 'u%500'", ADMIN.name);
    execute(&ground.database, &few).await;
    insert(ground, "sessions (id, user_id, created_at, expires_at, auth_time, auth_epoch, amr, ip)", |number| {
        let (key, user) = (literal(ground, id(number + MANY)), literal(ground, id(number)));
        let (at, address) = (at(number), format!("192.0.{}.{}", number / 250, number % 250));
        format!("{key},{user},{at},{},{at},0,'pwd','{address}'", at + 86_400_000_000)
    })
    .await;
    insert(
        ground,
        "refresh_tokens (id, session_id, user_id, mac_key_id, generation, expires_at, revoked, created_at)",
        |number| {
            let [family, session, user] = [number, number + MANY, number].map(|number| literal(ground, id(number)));
            format!("{family},{session},{user},{family},0,{},FALSE,1", at(number) + 86_400_000_000)
        },
    )
    .await;
    // One in a hundred is an invitation. Many of the others belong to nobody, too.
    insert(ground, "one_time_tokens (id, kind, token_hash, user_id, attempts, expires_at, created_at)", |number| {
        let kind = if number % 100 == 0 { "invitation" } else { "oauth_state" };
        let key = literal(ground, id(number));
        format!("{key},'{kind}',{},NULL,0,{},{}", bytes(ground, id(number)), i64::MAX, at(number))
    })
    .await;
}

async fn take_statistics(ground: &Ground) {
    if ground.database.url.starts_with("mysql") {
        let tables = "ANALYZE TABLE users, user_roles, roles, sessions, refresh_tokens, one_time_tokens";
        execute(&ground.database, tables).await;
    } else {
        execute(&ground.database, "ANALYZE").await;
    }
}

fn page() -> PageRequest {
    PageRequest::new(None, None).unwrap()
}

/// Each filter alone and with others, each order, the first page and one in the middle.
fn searches() -> Vec<(String, UserSearch)> {
    let any = UserFilters::default;
    let role = |role: &str| UserFilters { role: Some(role.to_owned()), ..any() };
    let active = |active| UserFilters { active: Some(active), ..any() };
    let moment = |number: i64| Some(Timestamp::from_micros(START.as_micros() + number * 1_000));
    let email = UserFilters { email: EmailPrefix::parse("u123"), ..any() };
    let username = UserFilters { username: UsernamePrefix::parse("u12"), ..any() };
    let filters = [
        any(),
        email.clone(),
        UserFilters { username: UsernamePrefix::parse("u1"), active: Some(false), ..email },
        username.clone(),
        UserFilters { role: Some(ADMIN.name.to_owned()), ..username },
        role(USER.name),
        role(ADMIN.name),
        UserFilters { active: Some(true), ..role(ADMIN.name) },
        UserFilters { active: Some(false), ..role(USER.name) },
        active(true),
        active(false),
        UserFilters { created_after: moment(49_900), ..any() },
        UserFilters { created_before: moment(100), ..any() },
        UserFilters { created_after: moment(20_000), created_before: moment(20_100), ..active(false) },
        UserFilters { created_after: moment(20_000), ..role(USER.name) },
    ];
    let orders = [UserOrder::NewestFirst, UserOrder::OldestFirst, UserOrder::ByUsername, UserOrder::ByEmail];
    let middle = PageCursor { at: moment(25_000).unwrap(), id: id(25_000) };
    let cursors = [None, Some(UserCursor::At(middle)), Some(UserCursor::Name("u12345".to_owned()))];
    let mut searches = Vec::new();
    for filters in filters {
        for order in orders {
            for cursor in &cursors {
                if let Ok(search) = UserSearch::new(filters.clone(), Some(order), cursor.clone(), page()) {
                    searches.push((format!("{search:?}"), search));
                }
            }
        }
    }
    searches
}

async fn hold<Q: Query>(ground: &Ground, what: &str, query: Q) -> Vec<String> {
    let plans = ground.run(Explained(query)).await;
    assert!(!plans.is_empty(), "{what}: nothing was explained");
    let read_through = plans.iter().filter(|plan| reads_through(ground, plan));
    read_through.map(|plan| format!("{what}\n{plan}")).collect()
}

fn reads_through(ground: &Ground, plan: &str) -> bool {
    if ground.is_sqlite() {
        let is_scan = |line: &str| line.strip_prefix("SCAN ").is_some_and(|of| !SMALL.contains(&first_word(of)));
        plan.lines().any(is_scan)
    } else if ground.database.url.starts_with("postgres") {
        reads_through_in_words(plan)
    } else {
        // In conditions MariaDB writes bytes of ids as they are in its own strings, which is no JSON.
        let plan = plan.replace("\\\"", "'").replace(|letter: char| letter == '\\' || letter.is_control(), " ");
        reads_through_in_json(&serde_json::from_str(&plan).unwrap_or_else(|cause| panic!("{cause}: {plan}")))
    }
}

fn first_word(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or_default()
}

/// Of an index that is read there stands what leads into it, or how few rows are read of it.
fn reads_through_in_words(plan: &str) -> bool {
    let lines: Vec<&str> = plan.lines().map(str::trim).collect();
    lines.iter().enumerate().any(|(place, line)| {
        let node = line.trim_start_matches("-> ").trim_start();
        if node.starts_with("Seq Scan on") {
            return !SMALL.iter().any(|small| node.split_whitespace().nth(3) == Some(small));
        }
        let is_index = ["Index Scan", "Index Only Scan", "Bitmap Index Scan"].iter().any(|scan| node.starts_with(scan));
        is_index && !lines[place + 1..].first().is_some_and(|next| next.starts_with("Index Cond"))
    })
}

fn reads_through_in_json(plan: &Value) -> bool {
    match plan {
        Value::Object(fields) => {
            let table = fields.get("table_name").and_then(Value::as_str).unwrap_or_default();
            let rows = fields.get("rows").and_then(Value::as_f64).unwrap_or_default();
            let access = fields.get("access_type").and_then(Value::as_str).unwrap_or_default();
            let through = access == "ALL" || access == "index" && rows > PAGE_ROWS;
            (through && !SMALL.contains(&table)) || fields.values().any(reads_through_in_json)
        }
        Value::Array(items) => items.iter().any(reads_through_in_json),
        _ => false,
    }
}

/// Broken on purpose: no index leads to a name that is only shown.
struct ByDisplayName;

#[derive(sqlx::FromRow)]
struct Id {
    #[expect(dead_code, reason = "nobody has the name")]
    id: Uuid,
}

impl Query for ByDisplayName {
    const ACCESS: Access = Access::Read;
    type Output = ();

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<()> {
        let find = sql!("SELECT id FROM users WHERE display_name = ? ORDER BY display_name LIMIT 51");
        conn.query(find).bind("Ada".to_owned()).all::<Id>().await.map(drop)
    }
}

async fn all_plans(ground: &Ground) -> Vec<String> {
    let mut through = Vec::new();
    for (what, search) in searches() {
        through.extend(hold(ground, &what, ListUsers(search)).await);
    }
    let before = Some(Timestamp::from_micros(START.as_micros() + 1_000_000));
    let (user_id, ip) = (Some(id(7)), Some("192.0.7.7".to_owned()));
    for filter in [
        SessionFilter { user_id, ..SessionFilter::default() },
        SessionFilter { user_id, ip: ip.clone(), before },
        SessionFilter { ip: ip.clone(), ..SessionFilter::default() },
        SessionFilter { ip, before, ..SessionFilter::default() },
        SessionFilter { before, ..SessionFilter::default() },
        SessionFilter::default(),
    ] {
        for after in [Uuid::nil(), id(MANY + 25_000)] {
            let what = format!("{filter:?} after {after}");
            let find = FindLiving { filter: filter.clone(), except: None, after, limit: 32 };
            through.extend(hold(ground, &what, find).await);
        }
    }
    through.extend(hold(ground, "sessions of a user", ListSessions { user_id: id(7), page: page() }).await);
    through.extend(hold(ground, "invitations", ListInvitations { page: page() }).await);
    through
}

async fn every_list_is_led_by_an_index(ground: &Ground) {
    fill(ground).await;
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM users")).await, i64::from(MANY));
    assert_eq!(count(&ground.database, "SELECT COUNT(*) FROM user_roles").await, i64::from(MANY + MANY / RARE));
    // SQLite has none unless somebody asks for them, and has to find its way without.
    let mut through = if ground.is_sqlite() { all_plans(ground).await } else { Vec::new() };
    take_statistics(ground).await;
    through.extend(all_plans(ground).await);
    assert_eq!(
        hold(ground, "the control", ByDisplayName).await.len(),
        1,
        "a table that is read through is not noticed"
    );
    assert!(through.is_empty(), "{} plans read through something:\n{}", through.len(), through.join("\n\n"));
    // And it is not only said: a page takes as long as a page does.
    for (what, search) in searches() {
        let began = Instant::now();
        ground.run(ListUsers(search)).await;
        assert!(began.elapsed() < Duration::from_secs(1), "{what}: {:?}", began.elapsed());
    }
}
