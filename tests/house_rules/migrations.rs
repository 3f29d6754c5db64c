//! Every migration stands three times under one number and name, and can be undone.

use std::collections::BTreeSet;

use crate::tree::{File, Tree};

const DIALECTS: [&str; 3] = ["sqlite", "mysql", "postgres"];
const DIRECTIONS: [&str; 2] = ["up", "down"];

/// The same `NNNN_name.up.sql` and `.down.sql` for each dialect, numbered from 1 without a gap.
pub fn triplets(tree: &Tree) -> Vec<String> {
    let present: BTreeSet<&str> = migrations(tree).map(|file| file.path.as_str()).collect();
    let (mut complaints, mut names) = (Vec::new(), BTreeSet::new());
    for path in &present {
        match name_of(path) {
            Some(name) => _ = names.insert(name),
            None => complaints.push(format!("{path}: not {{{}}}/NNNN_name.{{up,down}}.sql", DIALECTS.join(","))),
        }
    }
    for (index, name) in names.iter().enumerate() {
        let number = format!("{:04}", index + 1);
        if !name.starts_with(&number) {
            complaints.push(format!("migrations: {name} stands where {number} is expected; a gap, or a number twice"));
        }
        let expected =
            DIALECTS.iter().flat_map(|dialect| DIRECTIONS.map(|way| format!("migrations/{dialect}/{name}.{way}.sql")));
        complaints
            .extend(expected.filter(|path| !present.contains(path.as_str())).map(|path| format!("{path}: missing")));
    }
    if names.is_empty() {
        complaints.push("migrations: there are none".to_owned());
    }
    complaints
}

/// MySQL commits at every DDL statement: of a file with two, half can have happened. One more than none for the others.
pub fn statements(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in migrations(tree) {
        let count = statements_in(&file.text);
        if count == 0 {
            complaints.push(format!("{}: no statement", file.path));
        } else if count > 1 && file.path.starts_with("migrations/mysql/") {
            complaints.push(format!("{}: {count} statements; MySQL can undo one, so one a file", file.path));
        }
    }
    complaints
}

fn migrations(tree: &Tree) -> impl Iterator<Item = &File> {
    tree.files.iter().filter(|file| file.path.starts_with("migrations/"))
}

/// `0001_users` of `migrations/mysql/0001_users.up.sql`.
fn name_of(path: &str) -> Option<&str> {
    let (dialect, file) = path.strip_prefix("migrations/")?.split_once('/')?;
    let (name, direction) = file.strip_suffix(".sql")?.rsplit_once('.')?;
    let (number, words) = name.split_once('_')?;
    let is_numbered = number.len() == 4 && number.chars().all(|digit| digit.is_ascii_digit());
    let is_named = !words.is_empty() && words.chars().all(|letter| matches!(letter, 'a'..='z' | '0'..='9' | '_'));
    (DIALECTS.contains(&dialect) && DIRECTIONS.contains(&direction) && is_numbered && is_named).then_some(name)
}

/// Statements, counted by the semicolons between them; those in comments and in quotes do not count.
fn statements_in(sql: &str) -> usize {
    let (mut count, mut is_inside, mut rest) = (0, false, sql);
    while let Some(first) = rest.chars().next() {
        let until = |end: &str| rest[1..].find(end).map_or(rest.len(), |at| 1 + at + end.len());
        let length = match first {
            '-' if rest.starts_with("--") => until("\n"),
            '#' => until("\n"),
            '/' if rest.starts_with("/*") => until("*/"),
            '\'' | '"' | '`' => until(&first.to_string()),
            _ => first.len_utf8(),
        };
        let is_comment = length > 1 && matches!(first, '-' | '#' | '/');
        if first == ';' {
            is_inside = false;
        } else if !is_comment && !first.is_whitespace() && !is_inside {
            is_inside = true;
            count += 1;
        }
        rest = &rest[length..];
    }
    count
}

#[test]
fn a_triplet_with_a_piece_missing_is_noticed() {
    let paths = |names: &[&str]| -> Vec<String> {
        let ways = names.iter().flat_map(|name| DIRECTIONS.map(|way| format!("{name}.{way}.sql")));
        ways.flat_map(|file| DIALECTS.map(|dialect| format!("migrations/{dialect}/{file}"))).collect()
    };
    let complaints = |paths: &[String]| {
        let files: Vec<_> = paths.iter().map(|path| (path.as_str(), "SELECT 1;")).collect();
        triplets(&Tree::sample(&files))
    };
    assert!(complaints(&paths(&["0001_users", "0002_roles"])).is_empty());
    assert_eq!(
        complaints(&paths(&["0001_users", "0002_roles"])[1..]),
        ["migrations/sqlite/0001_users.up.sql: missing"]
    );
    assert_eq!(complaints(&paths(&["0001_users", "0003_roles"])).len(), 1);
    assert_eq!(complaints(&paths(&["0001_users", "0001_roles"])).len(), 1);
    assert_eq!(complaints(&[paths(&["0001_users"]), vec!["migrations/mysql/2_x.sql".to_owned()]].concat()).len(), 1);
    assert_eq!(complaints(&[]), ["migrations: there are none"]);
}

#[test]
fn a_mysql_migration_with_two_statements_is_noticed() {
    let two = "CREATE TABLE a (b INT);\nCREATE TABLE c (d INT)";
    let one = "-- a; b\n/* c; d */ CREATE TABLE a (b TEXT DEFAULT 'x;y' -- e;\n);\n # f\n";
    let name = |dialect: &str, number: u8| format!("migrations/{dialect}/000{number}_a.up.sql");
    let files =
        [(name("mysql", 1), one), (name("mysql", 2), two), (name("sqlite", 2), two), (name("postgres", 1), "--\n")];
    let complaints = statements(&Tree::sample(&files.each_ref().map(|(path, text)| (path.as_str(), *text))));
    let expected = [
        "mysql/0002_a.up.sql: 2 statements; MySQL can undo one, so one a file",
        "postgres/0001_a.up.sql: no statement",
    ];
    assert_eq!(complaints, expected.map(|complaint| format!("migrations/{complaint}")));
}
