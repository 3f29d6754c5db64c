//! Words that have no place here: work that was left half done, names that say nothing, paths of one machine. And words
//! that have to be there: the purpose of a folder, at its door.

use std::path::Path;

use crate::code::{code_only, is_word, line_of, occurrences};
use crate::tree::Tree;

const EVERYWHERE: &[&str] = &["src", "tests", "benches", "loadtests"];

/// In code; each would be found in this very file if it stood outside of a string.
const UNFINISHED_CODE: [&str; 5] = ["todo!", "unimplemented!", "dbg!", "#[allow(", "#![allow("];
/// In comments too. In two pieces, so that this file may be read by its own rule.
const UNFINISHED_NOTES: [&str; 3] = [concat!("FIX", "ME"), concat!("XX", "X"), concat!("TO", "DO")];

const EMPTY_NAMES: [&str; 11] =
    ["common", "helper", "helpers", "manager", "managers", "misc", "service", "services", "util", "utils", "v2"];
const EMPTY_ENDINGS: [&str; 6] = ["_helper", "_helpers", "_manager", "_util", "_utils", "_v2"];

/// Absolute paths that exist on a developer's machine only.
const MACHINE_PATHS: [&str; 5] = [
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/fa", "rm/"),
    concat!("/Us", "ers/"),
    concat!("/tmp/ba", "sh_jobs"),
];

/// Lines that open a `mod.rs`: what lives here, what it promises, what it does not do.
const OPENING_LINES: std::ops::RangeInclusive<usize> = 3..=8;

pub fn unfinished(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in tree.rust(EVERYWHERE) {
        let code = code_only(&file.text);
        let in_code = UNFINISHED_CODE.iter().flat_map(|word| occurrences(&code, word).map(move |at| (word, at)));
        let in_notes = UNFINISHED_NOTES.iter().flat_map(|word| occurrences(&file.text, word).map(move |at| (word, at)));
        let lines = in_code.map(|(word, at)| (word, line_of(&code, at)));
        let lines = lines.chain(in_notes.map(|(word, at)| (word, line_of(&file.text, at))));
        complaints.extend(lines.map(|(word, line)| format!("{}:{line}: `{word}`", file.path)));
    }
    complaints
}

pub fn empty_names(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in tree.rust(EVERYWHERE) {
        let parts = Path::new(&file.path).with_extension("");
        let names = parts.iter().filter_map(|part| part.to_str());
        complaints.extend(
            names.filter(|name| says_nothing(name)).map(|name| format!("{}: `{name}` says nothing", file.path)),
        );
        let code = code_only(&file.text);
        for at in occurrences(&code, "mod") {
            let name: String = code[at + 3..].trim_start().chars().take_while(|&letter| is_word(letter)).collect();
            if says_nothing(&name) {
                complaints.push(format!("{}:{}: `mod {name}` says nothing", file.path, line_of(&code, at)));
            }
        }
    }
    complaints
}

fn says_nothing(name: &str) -> bool {
    EMPTY_NAMES.contains(&name) || EMPTY_ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// In every file that is shared, whatever it is written in.
pub fn machine_paths(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in &tree.files {
        for path in MACHINE_PATHS {
            // `src/x/` before it makes another path of it.
            let absolute = file.text.match_indices(path).find(|(at, _)| !continues_a_path(&file.text[..*at]));
            let line = absolute.map(|(at, _)| line_of(&file.text, at));
            complaints.extend(line.map(|line| format!("{}:{line}: `{path}…` exists on one machine only", file.path)));
        }
    }
    complaints
}

fn continues_a_path(before: &str) -> bool {
    before.chars().next_back().is_some_and(|character| is_word(character) || matches!(character, '.' | '-' | '}'))
}

pub fn unopened_folders(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in tree.rust(&["src"]).filter(|file| file.path.ends_with("/mod.rs")) {
        let opening = file.text.lines().take_while(|line| line.starts_with("//!")).count();
        if !OPENING_LINES.contains(&opening) {
            let (least, most) = (OPENING_LINES.start(), OPENING_LINES.end());
            complaints.push(format!("{}: opens with {opening} lines of `//!`, not {least} to {most}", file.path));
        }
    }
    complaints
}

#[test]
fn work_left_half_done_is_noticed() {
    let note = UNFINISHED_NOTES[0];
    let text =
        format!("fn a() {{ todo!() }}\n// todo! is a word here\nlet b = \"dbg!\";\n#[allow(dead_code)]\n// {note}: c");
    let complaints = unfinished(&Tree::sample(&[("src/a.rs", &text), ("docs/b.md", &text)]));
    assert_eq!(
        complaints,
        ["`todo!`".to_owned(), "`#[allow(`".to_owned(), format!("`{note}`")]
            .iter()
            .zip([1, 4, 5])
            .map(|(word, line)| format!("src/a.rs:{line}: {word}"))
            .collect::<Vec<_>>()
    );
}

#[test]
fn a_name_that_says_nothing_is_noticed() {
    let tree = Tree::sample(&[
        ("src/utils/mod.rs", ""),
        ("src/store/service_clients.rs", "mod common_passwords;\nmod helpers {}"),
        ("tests/common.rs", ""),
        ("src/http/user_manager.rs", ""),
    ]);
    let complaints = empty_names(&tree);
    assert_eq!(complaints[0], "src/utils/mod.rs: `utils` says nothing");
    assert_eq!(complaints[1], "src/store/service_clients.rs:2: `mod helpers` says nothing");
    assert_eq!(complaints.len(), 4);
}

#[test]
fn a_path_of_one_machine_is_noticed() {
    let path = MACHINE_PATHS[0];
    let text = format!("of src{path}a\nCOPY {path}a");
    let complaints = machine_paths(&Tree::sample(&[("Dockerfile", &text), ("README.md", "/var/lib/keystead")]));
    assert_eq!(complaints, [format!("Dockerfile:2: `{path}…` exists on one machine only")]);
}

#[test]
fn a_folder_without_its_purpose_is_noticed() {
    let opening = |lines: usize| format!("{}\npub mod a;\n", "//! a\n".repeat(lines));
    let (short, good, long) = (opening(2), opening(3), opening(9));
    let tree =
        Tree::sample(&[("src/a/mod.rs", &short), ("src/b/mod.rs", &good), ("src/c/mod.rs", &long), ("src/d.rs", "")]);
    assert_eq!(unopened_folders(&tree).len(), 2);
}
