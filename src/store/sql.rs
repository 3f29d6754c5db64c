//! One statement, three spellings, all decided at compile time.
//!
//! Everything is `&'static str`, so sqlx's own type system proves that no SQL is made from data. One exception is
//! argued for below.

use sqlx::AssertSqlSafe;

use super::tables::Table;

/// A statement as each database wants it.
#[derive(Clone, Copy, Debug)]
pub struct Sql {
    pub sqlite: &'static str,
    pub mysql: &'static str,
    pub postgres: &'static str,
}

/// How many bytes `text` has once each `?` outside of quotes is a `$n`.
///
/// # Panics
/// At compile time, when there are more than 999 placeholders.
pub const fn dollar_len(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut marks, mut len, mut quoted) = (0, 0_usize, 0, false);
    while at < bytes.len() {
        if bytes[at] == b'\'' {
            quoted = !quoted;
        }
        if bytes[at] == b'?' && !quoted {
            marks += 1;
            assert!(marks < 1_000, "too many placeholders");
            len += 1 + digits(marks);
        } else {
            len += 1;
        }
        at += 1;
    }
    len
}

/// `text` with each `?` outside of quotes turned into `$1`, `$2` …; `N` is its [`dollar_len`].
pub const fn dollar<const N: usize>(text: &str) -> [u8; N] {
    let bytes = text.as_bytes();
    let mut out = [0_u8; N];
    let (mut at, mut marks, mut to, mut quoted) = (0, 0_usize, 0, false);
    while at < bytes.len() {
        if bytes[at] == b'\'' {
            quoted = !quoted;
        }
        if bytes[at] == b'?' && !quoted {
            marks += 1;
            out[to] = b'$';
            to += 1;
            let mut place = digits(marks);
            while place > 0 {
                place -= 1;
                out[to] = digit(marks, place);
                to += 1;
            }
        } else {
            out[to] = bytes[at];
            to += 1;
        }
        at += 1;
    }
    out
}

const fn digits(number: usize) -> usize {
    if number < 10 {
        1
    } else if number < 100 {
        2
    } else {
        3
    }
}

/// The digit of `number` that stands `place` places from its right end, in ASCII.
const fn digit(number: usize, place: usize) -> u8 {
    let shifted = match place {
        0 => number,
        1 => number / 10,
        _ => number / 100,
    };
    #[expect(clippy::cast_possible_truncation, reason = "a number below ten")]
    let digit = (shifted % 10) as u8;
    b'0' + digit
}

/// `CREATE DATABASE`, whose name no server lets one bind. `None` for a name with any character but those that can neither
/// end a quoted name nor need one.
pub(super) fn create_database(name: &str, quote: char) -> Option<AssertSqlSafe<String>> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
    let fits = (1..=63).contains(&name.len()) && name.chars().all(is_plain);
    fits.then(|| AssertSqlSafe(format!("CREATE DATABASE {quote}{name}{quote}")))
}

/// Every row of a table, its columns in the order of the list. Names come from `tables.rs` and from nowhere else.
pub(super) fn select_all(table: &'static Table) -> AssertSqlSafe<String> {
    AssertSqlSafe(format!("SELECT {} FROM {}", column_names(table), table.name))
}

/// `rows` rows in one statement; `numbered`: with `$1` for `?`.
pub(super) fn insert_rows(table: &'static Table, rows: usize, numbered: bool) -> AssertSqlSafe<String> {
    let mark = |at: usize| if numbered { format!("${}", at + 1) } else { "?".to_owned() };
    let width = table.columns.len();
    let row = |row: usize| (0..width).map(|at| mark(row * width + at)).collect::<Vec<_>>().join(", ");
    let rows: Vec<_> = (0..rows).map(|at| format!("({})", row(at))).collect();
    AssertSqlSafe(format!("INSERT INTO {} ({}) VALUES {}", table.name, column_names(table), rows.join(", ")))
}

pub(super) fn count_all(table: &'static str) -> AssertSqlSafe<String> {
    AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"))
}

pub(super) fn drop_table(table: &'static str) -> AssertSqlSafe<String> {
    AssertSqlSafe(format!("DROP TABLE IF EXISTS {table}"))
}

fn column_names(table: &'static Table) -> String {
    table.columns.iter().map(|column| column.name).collect::<Vec<_>>().join(", ")
}

/// For tests: a statement after the words that ask for its plan.
#[cfg(feature = "broken-controls")]
pub(super) fn explained(ask: &'static str, text: &'static str) -> AssertSqlSafe<String> {
    AssertSqlSafe(format!("{ask}{text}"))
}

/// Spells a statement for the three databases: `sql!("… WHERE id = ?")`. One that truly differs is named in place:
/// `sql!("…", mysql = "…")`.
#[macro_export]
macro_rules! sql {
    ($text:expr $(, $dialect:ident = $own:expr)* $(,)?) => {{
        const TEXT: &str = $text;
        const LEN: usize = $crate::store::sql::dollar_len(TEXT);
        const BYTES: [u8; LEN] = $crate::store::sql::dollar::<LEN>(TEXT);
        const DOLLAR: &str = match core::str::from_utf8(&BYTES) {
            Ok(text) => text,
            Err(_) => panic!("SQL is UTF-8"),
        };
        const SQL: $crate::store::sql::Sql = $crate::store::sql::Sql {
            $($dialect: $own,)*
            ..$crate::store::sql::Sql { sqlite: TEXT, mysql: TEXT, postgres: DOLLAR }
        };
        SQL
    }};
}

#[cfg(test)]
mod tests {
    #[test]
    fn placeholders_are_numbered_but_not_inside_quotes() {
        let sql = sql!("SELECT ? WHERE a = 'why?' AND b IN (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
        assert_eq!(sql.postgres, "SELECT $1 WHERE a = 'why?' AND b IN ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11)");
        assert_eq!(sql.sqlite, "SELECT ? WHERE a = 'why?' AND b IN (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    }

    #[test]
    fn a_name_that_could_be_more_than_a_name_makes_no_statement() {
        for name in ["", "a`; DROP", "a\"b", "a'b", "a b", "ä", "a\\", "a\0", &"a".repeat(64)] {
            assert!(super::create_database(name, '`').is_none(), "{name:?}");
        }
        let made = super::create_database("key-stead_2", '"').map(|made| made.0);
        assert_eq!(made.as_deref(), Some("CREATE DATABASE \"key-stead_2\""));
    }

    #[test]
    fn a_statement_for_a_whole_table_is_made_of_its_list() {
        let table = super::super::tables::TABLES.iter().find(|table| table.name == "role_permissions").unwrap();
        assert_eq!(super::select_all(table).0, "SELECT role_id, permission FROM role_permissions");
        let insert = |numbered| super::insert_rows(table, 2, numbered).0;
        assert_eq!(insert(false), "INSERT INTO role_permissions (role_id, permission) VALUES (?, ?), (?, ?)");
        assert_eq!(insert(true), "INSERT INTO role_permissions (role_id, permission) VALUES ($1, $2), ($3, $4)");
    }

    #[test]
    fn a_dialect_that_differs_is_named_in_place() {
        let sql = sql!("a ?", mysql = "b ?");
        assert_eq!((sql.sqlite, sql.mysql, sql.postgres), ("a ?", "b ?", "a $1"));
    }
}
