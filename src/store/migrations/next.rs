//! The files of a new migration: their number, their names, and what stands in them until somebody writes the SQL.

const DIALECTS: [&str; 3] = ["sqlite", "mysql", "postgres"];
/// A file name of at most 4 + 1 + 60 + 9 characters is shown whole by every tool.
const SLUG_MAX_CHARS: usize = 60;

/// A file to be written: its path from the checkout's root, and its content.
pub type NewFile = (String, String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SlugError {
    #[error("the message holds no letter or digit of ASCII to make a file name of")]
    Empty,
}

/// The up and the down of the next migration for each database, under `migrations/`.
///
/// `existing` are the names of the files that are there (`0001_users.up.sql`), in any order; others are passed over.
/// The build refuses the new files until they hold a statement and the down says what it loses.
///
/// # Errors
/// When `message` leaves nothing to name the files by.
pub fn next_triplet<'a>(existing: impl IntoIterator<Item = &'a str>, message: &str) -> Result<Vec<NewFile>, SlugError> {
    let slug = slug(message)?;
    let newest = existing.into_iter().filter_map(|name| name.split_once('_')?.0.parse::<u32>().ok()).max();
    let stem = format!("{:04}_{slug}", newest.map_or(1, |newest| newest + 1));
    let ups = DIALECTS.map(|dialect| (format!("migrations/{dialect}/{stem}.up.sql"), up(dialect, message)));
    let downs = DIALECTS.map(|dialect| (format!("migrations/{dialect}/{stem}.down.sql"), down()));
    Ok(ups.into_iter().chain(downs).collect())
}

/// Lower-case letters and digits of ASCII, with one `_` for everything between them.
fn slug(message: &str) -> Result<String, SlugError> {
    let mut slug = String::new();
    for letter in message.chars() {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('_') {
            slug.push('_');
        }
    }
    slug.truncate(SLUG_MAX_CHARS);
    let slug = slug.trim_end_matches('_');
    if slug.is_empty() { Err(SlugError::Empty) } else { Ok(slug.to_owned()) }
}

fn up(dialect: &str, message: &str) -> String {
    // Only what is a line of text may follow `--`.
    let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
    let rule = match dialect {
        "sqlite" => "-- STRICT; ids BLOB, times INTEGER (microseconds), booleans INTEGER with CHECK (… IN (0, 1)).",
        "mysql" => {
            "-- One statement, for MySQL 8 and MariaDB 10.11 alike; ids BINARY(16), times BIGINT (microseconds)."
        }
        _ => "-- Ids UUID, times BIGINT (microseconds), text that is compared COLLATE \"C\".",
    };
    format!("-- {message}\n{rule}\n-- Additive: nodes of this version and of the one before it run side by side.\n")
}

fn down() -> String {
    "-- loses-data: ? (the tables whose rows go, separated by commas, or: nothing)\n".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_number_follows_the_greatest_whatever_the_order() {
        let existing = ["0012_one_time_tokens.down.sql", "0003_role_permissions.up.sql", "README", ".keep_me"];
        let files = next_triplet(existing, "Add audit events").unwrap();
        let paths: Vec<_> = files.iter().map(|(path, _)| path.as_str()).collect();
        let stem = "0013_add_audit_events";
        let expected =
            ["up", "down"].map(|way| DIALECTS.map(|dialect| format!("migrations/{dialect}/{stem}.{way}.sql")));
        assert_eq!(paths, expected.concat());
    }

    #[test]
    fn the_first_migration_is_number_one() {
        assert_eq!(next_triplet([], "users").unwrap()[0].0, "migrations/sqlite/0001_users.up.sql");
    }

    #[test]
    fn a_slug_is_short_and_plain() {
        assert_eq!(slug("  ../Benutzer: größe & E-Mail!! ").as_deref(), Ok("benutzer_gr_e_e_mail"));
        assert_eq!(slug(&"a-".repeat(200)).map(|slug| slug.len()), Ok(SLUG_MAX_CHARS - 1));
        assert_eq!(slug(" ¿? "), Err(SlugError::Empty));
    }

    #[test]
    fn a_message_of_several_lines_stays_a_comment() {
        for (path, content) in next_triplet([], "one\nDROP TABLE users;").unwrap() {
            assert!(content.lines().all(|line| line.starts_with("-- ")), "{path}: {content}");
        }
    }
}
