//! Imports go down only, and each floor knows only what its work needs. The rules read text, so they see imports that
//! are behind features too; `#[cfg(test)]` and files of tests are exempt.

use crate::code::{code_only, is_word, line_of, occurrences, without_tests};
use crate::tree::{File, Tree};

struct Floor {
    name: &'static str,
    /// The floors it may import besides itself.
    below: &'static [&'static str],
    /// Crates, paths and keywords that do not occur on it.
    never: &'static [&'static str],
}

const FLOORS: &[Floor] = &[
    Floor {
        name: "domain",
        below: &[],
        never: &[
            "actix",
            "actix_cors",
            "actix_rt",
            "actix_web",
            "async",
            "await",
            "futures_util",
            "reqwest",
            "sqlx",
            "std::env",
            "std::fs",
            "std::process",
            "std::thread",
            "tokio",
        ],
    },
    Floor {
        name: "private_files",
        below: &[],
        never: &["actix", "actix_cors", "actix_rt", "actix_web", "async", "await", "sqlx", "tokio"],
    },
    Floor { name: "config", below: &["domain", "private_files"], never: &["actix", "actix_web", "sqlx"] },
    Floor { name: "telemetry", below: &["domain", "config"], never: &["sqlx"] },
    Floor {
        name: "store",
        below: &["domain", "config", "telemetry", "private_files"],
        never: &["actix", "actix_cors", "actix_rt", "actix_web", "reqwest"],
    },
    Floor {
        name: "actors",
        below: &["store", "domain", "config", "telemetry", "private_files"],
        never: &["actix_cors", "actix_web"],
    },
    Floor {
        name: "flows",
        below: &["actors", "store", "domain", "config", "telemetry"],
        never: &["actix_cors", "actix_web", "sqlx"],
    },
    Floor { name: "http", below: &["flows", "actors", "domain", "config", "telemetry"], never: &["sqlx"] },
    Floor {
        name: "cli",
        below: &["http", "flows", "actors", "store", "domain", "config", "telemetry", "private_files"],
        never: &[],
    },
];

/// What `#[macro_export]` puts at the crate's root, and the floor that it comes from.
const MACROS: &[(&str, &str)] = &[("sql", "store")];

/// The floors have doors on no other side: these two only say which rooms there are, and open the first one.
const ROOF: &[&str] = &["src/lib.rs", "src/main.rs"];

pub fn imports(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in tree.rust(&["src"]).filter(|file| !is_for_tests(file)) {
        let code = without_tests(&code_only(&file.text));
        if ROOF.contains(&file.path.as_str()) {
            complaints.extend(through_the_roof(file, &code));
            continue;
        }
        let Some(floor) = floor_of(file) else {
            complaints.push(format!("{}: stands on no floor; floors.rs names those there are", file.path));
            continue;
        };
        for (at, target) in named_after(&code, "crate::") {
            let room = MACROS.iter().find(|(name, _)| *name == target).map_or(target.as_str(), |(_, floor)| floor);
            if room != floor.name && !floor.below.contains(&room) {
                complaints.push(complaint(file, &code, at, &format!("{} does not import `{target}`", floor.name)));
            }
        }
        for at in climbs(&code, depth(file)) {
            complaints.push(complaint(file, &code, at, "`super` up to the crate's root: write `crate::…`"));
        }
    }
    complaints
}

/// `main` opens the command line and nothing else.
fn through_the_roof(file: &File, code: &str) -> Vec<String> {
    let strangers = named_after(code, "keystead::").into_iter().filter(|(_, target)| target != "cli");
    strangers.map(|(at, target)| complaint(file, code, at, &format!("main imports cli only, not `{target}`"))).collect()
}

pub fn foreign_words(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in tree.rust(&["src"]).filter(|file| !is_for_tests(file)) {
        let Some(floor) = floor_of(file) else { continue };
        let code = without_tests(&code_only(&file.text));
        for word in floor.never {
            let first = occurrences(&code, word).next();
            complaints.extend(first.map(|at| complaint(file, &code, at, &format!("{} knows no `{word}`", floor.name))));
        }
    }
    complaints
}

/// `src/FLOOR.rs` or `src/FLOOR/…`.
fn floor_of(file: &File) -> Option<&'static Floor> {
    let path = file.path.strip_prefix("src/")?;
    let name = path.split('/').next()?.trim_end_matches(".rs");
    FLOORS.iter().find(|floor| floor.name == name)
}

fn is_for_tests(file: &File) -> bool {
    file.path.contains("/tests/") || file.path.ends_with("/tests.rs")
}

/// What the path leads to, each name of a group by itself.
fn named_after(code: &str, path: &str) -> Vec<(usize, String)> {
    let mut names = Vec::new();
    for at in occurrences(code, path.trim_end_matches(':')).filter(|&at| code[at..].starts_with(path)) {
        let target = &code[at + path.len()..];
        let group = target.strip_prefix('{').map(top_level_parts).unwrap_or(vec![target]);
        names.extend(group.into_iter().map(|part| (at, first_word(part))).filter(|(_, name)| !name.is_empty()));
    }
    names
}

fn first_word(text: &str) -> String {
    text.trim_start().chars().take_while(|&character| is_word(character)).collect()
}

/// The parts between the commas of a group, up to its closing brace.
fn top_level_parts(group: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' if depth > 0 => {}
            ',' | '}' => {
                parts.push(&group[start..at]);
                start = at + 1;
                if character == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    parts
}

/// How many modules the file lies below the crate's root: 2 for `src/a/b.rs` and for `src/a/b/mod.rs`.
fn depth(file: &File) -> usize {
    let path = file.path.trim_start_matches("src/").trim_end_matches(".rs");
    path.split('/').filter(|part| *part != "mod").count()
}

/// Where a chain of `super::` is as long as the way to the root.
fn climbs(code: &str, depth: usize) -> Vec<usize> {
    let chain = "super::".repeat(depth);
    let starts = occurrences(code, "super").filter(|&at| !code[..at].ends_with("super::"));
    starts.filter(|&at| code[at..].starts_with(&chain)).collect()
}

fn complaint(file: &File, code: &str, at: usize, words: &str) -> String {
    format!("{}:{}: {words}", file.path, line_of(code, at))
}

#[test]
fn an_import_that_goes_up_is_noticed() {
    let tree = Tree::sample(&[
        ("src/http/login.rs", "use crate::flows::{a, b};\nuse crate::{domain::x, store::{y, cli}};"),
        ("src/domain/email.rs", "//! crate::http\nfn f() { crate::sql!(\"crate::cli\") }"),
        ("src/flows/sign_in.rs", "use super::super::http;\nuse super::sign_out;\npub(in crate::flows) fn f() {}"),
        (
            "src/actors/a/mod.rs",
            "use super::super::super::x;\n#[cfg(test)]\nmod tests { use crate::cli; use super::*; }",
        ),
        ("src/store/tests/race.rs", "use crate::http;"),
        ("src/services/mod.rs", ""),
        ("src/main.rs", "fn main() { keystead::cli::run(); keystead::http::serve(); }"),
    ]);
    assert_eq!(
        imports(&tree),
        [
            "src/http/login.rs:2: http does not import `store`",
            "src/domain/email.rs:2: domain does not import `sql`",
            "src/flows/sign_in.rs:1: `super` up to the crate's root: write `crate::…`",
            "src/actors/a/mod.rs:1: `super` up to the crate's root: write `crate::…`",
            "src/services/mod.rs: stands on no floor; floors.rs names those there are",
            "src/main.rs:1: main imports cli only, not `http`",
        ]
    );
}

#[test]
fn a_crate_on_the_wrong_floor_is_noticed() {
    let tree = Tree::sample(&[
        ("src/domain/user.rs", "async fn f() {}\n// tokio\n#[cfg(test)]\nmod tests { use tokio::x; }"),
        ("src/actors/door.rs", "use actix::Addr;\nuse actix_web::web;"),
        ("src/flows/refresh.rs", "fn f() -> sqlx::Result<()> {}"),
        ("src/http/me.rs", "use actix_web::web; let sqlx_like = 1;"),
    ]);
    let words = ["domain/user.rs:1: domain knows no `async`", "actors/door.rs:2: actors knows no `actix_web`"];
    let sqlx = "flows/refresh.rs:1: flows knows no `sqlx`";
    assert_eq!(foreign_words(&tree), [words[0], words[1], sqlx].map(|complaint| format!("src/{complaint}")));
}
