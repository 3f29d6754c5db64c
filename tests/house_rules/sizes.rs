//! Small rooms: files and functions have an upper bound, and most files stay far below theirs.

use crate::code::{code_only, end_of_item, is_word, line_of, occurrences};
use crate::tree::Tree;

const FILE_LINES: usize = 400;
const MEDIAN_LINES: usize = 120;
/// From the line of `fn` to that of the closing brace, comments and blank lines included.
const FUNCTION_LINES: usize = 70;
const EVERYWHERE: &[&str] = &["src", "tests", "benches", "loadtests"];

pub fn long_files(tree: &Tree) -> Vec<String> {
    let sizes = tree.rust(EVERYWHERE).map(|file| (&file.path, file.text.lines().count()));
    let long = sizes.filter(|&(_, lines)| lines > FILE_LINES);
    long.map(|(path, lines)| format!("{path}: {lines} lines, at most {FILE_LINES}: make two rooms of it")).collect()
}

pub fn median_of_files(tree: &Tree) -> Vec<String> {
    let mut sizes: Vec<_> = tree.rust(&["src"]).map(|file| file.text.lines().count()).collect();
    sizes.sort_unstable();
    let median = sizes.get(sizes.len() / 2).copied().unwrap_or(0);
    let complaint = format!("src: half of the files have {median} lines or more, at most {MEDIAN_LINES}");
    if median > MEDIAN_LINES { vec![complaint] } else { vec![] }
}

pub fn long_functions(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in tree.rust(EVERYWHERE) {
        let code = code_only(&file.text);
        for at in occurrences(&code, "fn") {
            let Some(name) = name_of_function(&code[at..]) else { continue };
            let lines = code[at..][..end_of_item(&code[at..])].lines().count();
            if lines > FUNCTION_LINES {
                let (path, line) = (&file.path, line_of(&code, at));
                complaints.push(format!("{path}:{line}: `{name}` has {lines} lines, at most {FUNCTION_LINES}"));
            }
        }
    }
    complaints
}

/// `None` for a function's type, which has no name.
fn name_of_function(code: &str) -> Option<&str> {
    let name = code.strip_prefix("fn ")?;
    let end = name.find(|character| !is_word(character))?;
    (end > 0).then(|| &name[..end])
}

#[test]
fn a_file_that_is_too_long_is_noticed() {
    let text = |lines: usize| "\n".repeat(lines);
    let tree = Tree::sample(&[("src/a.rs", &text(400)), ("tests/b.rs", &text(401)), ("docs/c.md", &text(900))]);
    assert_eq!(long_files(&tree), ["tests/b.rs: 401 lines, at most 400: make two rooms of it"]);
}

#[test]
fn a_house_of_large_rooms_is_noticed() {
    let (small, large) = ("\n".repeat(120), "\n".repeat(121));
    let good = Tree::sample(&[("src/a.rs", &small), ("src/b.rs", &small), ("src/c.rs", &large)]);
    let bad = Tree::sample(&[("src/a.rs", &small), ("src/b.rs", &large), ("src/c.rs", &large)]);
    assert_eq!((median_of_files(&good).len(), median_of_files(&bad).len()), (0, 1));
}

#[test]
fn a_function_that_is_too_long_is_noticed() {
    let body = |lines: usize| {
        format!("fn declared(&self) -> [u8; 2];\nfn named(f: fn(u8)) {{\n{}}}\n", "\n".repeat(lines - 2))
    };
    let tree = Tree::sample(&[("src/a.rs", &body(70)), ("src/b.rs", &body(71))]);
    assert_eq!(long_functions(&tree), ["src/b.rs:2: `named` has 71 lines, at most 70"]);
}
