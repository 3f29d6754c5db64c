//! Embeds the migrations: three static arrays, one a database, made from `migrations/{sqlite,mysql,postgres}`.
//!
//! Promises that the three folders hold the same numbers and names, counted from 1 without a gap, each with an up and a
//! down that hold a statement, and that each down says in its first line whose rows it drops. What breaks a promise
//! breaks the build, with the file's name. It does not read SQL; the tests run it.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

const DIALECTS: [&str; 3] = ["sqlite", "mysql", "postgres"];
const LOSES: &str = "-- loses-data: ";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=migrations");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let stems = stems(&root.join(DIALECTS[0]))?;
    let mut code = String::new();
    for dialect in DIALECTS {
        if self::stems(&root.join(dialect))? != stems {
            return Err(format!("migrations/{dialect} and migrations/{} differ in their names", DIALECTS[0]).into());
        }
        let count = stems.len();
        writeln!(code, "pub(super) static {}: [Embedded; {count}] = [", dialect.to_uppercase())?;
        for (at, stem) in stems.iter().enumerate() {
            code.push_str(&entry(&root, dialect, stem, at + 1)?);
        }
        code.push_str("];\n");
    }
    #[expect(clippy::disallowed_methods, reason = "cargo tells a build script by its environment where to write")]
    let out = std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?;
    fs::write(PathBuf::from(out).join("migrations.rs"), code)?;
    Ok(())
}

/// The names before `.up.sql`, in order; each must have its `.down.sql`, and nothing else may lie there.
fn stems(folder: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let (mut ups, mut downs) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if let Some(stem) = name.strip_suffix(".up.sql") {
            ups.push(stem.to_owned());
        } else if let Some(stem) = name.strip_suffix(".down.sql") {
            downs.push(stem.to_owned());
        } else {
            return Err(format!("{name} is no migration: NNNN_name.up.sql, NNNN_name.down.sql").into());
        }
    }
    ups.sort();
    downs.sort();
    if ups != downs {
        return Err(format!("{}: each up needs a down of the same name", folder.display()).into());
    }
    Ok(ups)
}

fn entry(root: &Path, dialect: &str, stem: &str, version: usize) -> Result<String, Box<dyn Error>> {
    let name = stem.strip_prefix(&format!("{version:04}_")).ok_or(format!("{stem} should have number {version:04}"))?;
    let up = fs::read_to_string(root.join(dialect).join(format!("{stem}.up.sql")))?;
    let down = fs::read_to_string(root.join(dialect).join(format!("{stem}.down.sql")))?;
    for text in [&up, &down] {
        if !text.lines().any(|line| !line.trim().is_empty() && !line.starts_with("--")) {
            return Err(format!("migrations/{dialect}/{stem} holds no statement").into());
        }
    }
    let loses = losses(&down).ok_or(format!(
        "migrations/{dialect}/{stem}.down.sql must begin with `{LOSES}table, table` or `{LOSES}nothing`"
    ))?;
    let path = |end: &str| {
        format!(r#"include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/{dialect}/{stem}.{end}.sql"))"#)
    };
    Ok(format!(
        "Embedded {{ version: {version}, name: {name:?}, up: {}, down: {}, loses: &[{loses}] }},\n",
        path("up"),
        path("down")
    ))
}

/// The tables that a down's first line names, each with the statement that asks whether it holds a row.
fn losses(down: &str) -> Option<String> {
    let named = down.lines().next()?.strip_prefix(LOSES)?.trim();
    if named == "nothing" {
        return Some(String::new());
    }
    let mut code = String::new();
    for table in named.split(", ") {
        let is_a_name = !table.is_empty() && table.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        if !is_a_name {
            return None;
        }
        let probe = format!("SELECT COUNT(*) FROM (SELECT 1 FROM {table} LIMIT 1) AS probe");
        writeln!(code, "Loss {{ table: {table:?}, probe: sql!({probe:?}) }},").ok()?;
    }
    Some(code)
}
