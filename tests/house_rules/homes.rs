//! What has one home: SQL from pieces, the calls that `clippy.toml` bans, unsafe code, the throttle before a secret is judged.

use crate::code::{code_only, line_of, occurrences};
use crate::tree::Tree;

struct Home {
    word: &'static str,
    /// Where the rule looks.
    folders: &'static [&'static str],
    /// Files, or folders with `/` at the end, in which the word may stand.
    rooms: &'static [&'static str],
}

const HOMES: &[Home] = &[
    // SQL that was put together at run time. Tests may, to make and drop their databases.
    Home {
        word: "AssertSqlSafe",
        folders: &["src", "benches", "loadtests"],
        rooms: &["src/store/sql.rs", "src/store/migrations.rs", "src/store/migrations/"],
    },
    // The exemption from clippy.toml's list: the wall clock, the environment, and in tests the databases' addresses.
    Home {
        word: "clippy::disallowed_methods",
        folders: &["src", "tests", "benches", "loadtests"],
        rooms: &["src/domain/clock.rs", "src/config/", "tests/", "benches/", "loadtests/"],
    },
];

/// Lines of the file that holds unsafe code: no more than half of the others have, so that it is read as a whole.
const UNSAFE_LINES: usize = 120;

pub fn strays(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for home in HOMES {
        for file in tree.rust(home.folders) {
            if home.rooms.iter().any(|room| file.path == *room || room.ends_with('/') && file.path.starts_with(room)) {
                continue;
            }
            let code = code_only(&file.text);
            let lines = occurrences(&code, home.word).map(|at| line_of(&code, at));
            complaints.extend(lines.map(|line| format!("{}:{line}: `{}` is at home elsewhere", file.path, home.word)));
        }
    }
    complaints
}

pub fn unsafe_rooms(tree: &Tree) -> Vec<String> {
    let is_unsafe = |text: &str| occurrences(&code_only(text), "unsafe").next().is_some();
    let rooms: Vec<_> = tree.rust(&["src"]).filter(|file| is_unsafe(&file.text)).collect();
    let mut complaints = Vec::new();
    for file in &rooms {
        let lines = file.text.lines().count();
        if rooms.len() > 1 || lines > UNSAFE_LINES {
            let others = rooms.len() - 1;
            complaints.push(format!(
                "{}: {lines} lines with unsafe code and {others} other such files; one, at most {UNSAFE_LINES} lines",
                file.path
            ));
        }
    }
    complaints
}

/// What judges a secret of a person, imported from where it is at home.
const JUDGES: [(&str, &[&str]); 3] = [
    ("given_password", &["verify"]),
    ("second_factor", &["judge", "judge_first"]),
    ("recovery_code", &["RecoveryCode"]),
];
/// Their homes; and the rule for new passwords, which are compared with former ones for whoever has shown the current one.
const HOMES_OF_JUDGES: [&str; 3] =
    ["src/flows/given_password.rs", "src/flows/second_factor.rs", "src/flows/new_password.rs"];

/// A flow that imports a judge, or asks the hasher itself, asks the throttle first.
pub fn unthrottled(tree: &Tree) -> Vec<String> {
    let has = |text: &str, word: &str| occurrences(text, word).next().is_some();
    let imports_a_judge = |import: &str| {
        JUDGES.iter().any(|(home, judges)| has(import, home) && judges.iter().any(|judge| has(import, judge)))
    };
    let judges = |code: &str| {
        code.contains("hasher.verify(")
            || code.split(';').map(str::trim).any(|it| it.starts_with("use ") && imports_a_judge(it))
    };
    let mut complaints = Vec::new();
    for file in tree.rust(&["src/flows"]).filter(|file| !HOMES_OF_JUDGES.contains(&file.path.as_str())) {
        let code = code_only(&file.text);
        if judges(&code) && !code.contains("admit(") {
            complaints.push(format!("{}: judges a secret without `throttle::admit`", file.path));
        }
    }
    complaints
}

#[test]
fn a_judge_without_the_throttle_is_noticed() {
    let tree = Tree::sample(&[
        ("src/flows/given_password.rs", "hasher.verify(password)"),
        ("src/flows/sign_in.rs", "use super::given_password::verify;\nadmit(context); verify(password)"),
        ("src/flows/issue.rs", "use super::second_factor::mfa_letter;\n// judge"),
        ("src/flows/invite.rs", "use super::second_factor::{judge, mfa_letter};\njudge(code)"),
        ("src/flows/leave.rs", "// admit(\nhouse.hasher.verify(password)"),
    ]);
    let expected =
        ["invite", "leave"].map(|flow| format!("src/flows/{flow}.rs: judges a secret without `throttle::admit`"));
    assert_eq!(unthrottled(&tree), expected);
}

#[test]
fn a_stray_is_noticed() {
    let tree = Tree::sample(&[
        ("src/store/sql.rs", "AssertSqlSafe(text)"),
        ("src/store/users.rs", "// AssertSqlSafe\nAssertSqlSafe(text)"),
        ("src/config/source.rs", "#[expect(clippy::disallowed_methods, reason = \"the environment\")]"),
        ("src/http/me.rs", "#[expect(clippy::disallowed_methods, reason = \"in a hurry\")]"),
        ("tests/store/race.rs", "AssertSqlSafe(text)"),
    ]);
    let first = "src/store/users.rs:2: `AssertSqlSafe` is at home elsewhere";
    assert_eq!(strays(&tree), [first, "src/http/me.rs:1: `clippy::disallowed_methods` is at home elsewhere"]);
}

#[test]
fn a_second_unsafe_room_and_a_large_one_are_noticed() {
    let small = "#![expect(unsafe_code, reason = \"madvise\")]\nunsafe { madvise() }";
    let large = format!("{small}{}", "\n".repeat(UNSAFE_LINES));
    let complaints = |files: &[(&str, &str)]| unsafe_rooms(&Tree::sample(files)).len();
    assert_eq!(complaints(&[("src/a.rs", small), ("src/b.rs", "// unsafe\nlet unsafe_code = 1;")]), 0);
    assert_eq!(complaints(&[("src/a.rs", small), ("src/b.rs", small)]), 2);
    assert_eq!(complaints(&[("src/a.rs", &large)]), 1);
}
