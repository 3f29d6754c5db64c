//! `.env.example` shows what `config/` reads, neither more nor less, with the defaults that hold.

use std::collections::BTreeMap;

use keystead::config::{Fallback, Setting, all_settings};

use crate::tree::Tree;

/// From here to the end stand the variables that only the compose files read.
const COMPOSE_HEADING: &str = "# ---- Compose only ----";

/// A line to expect: a name, and the default that it shows.
type Shown = (String, &'static str);

pub fn example(tree: &Tree) -> Vec<String> {
    let file = tree.files.iter().find(|file| file.path == ".env.example");
    let expected: Vec<_> = all_settings().iter().flat_map(shown).collect();
    file.map_or_else(|| vec![".env.example: missing".to_owned()], |file| differences(&file.text, &expected))
}

/// A secret's twin, `NAME_FILE`, has a line of its own.
fn shown(setting: &Setting) -> Vec<Shown> {
    let default = match setting.fallback {
        Fallback::Written(text) => text,
        Fallback::Derived(_) | Fallback::Nothing => "",
    };
    let twin = setting.file_twin().map(|twin| (twin, ""));
    [(setting.name.to_owned(), default)].into_iter().chain(twin).collect()
}

fn differences(example: &str, expected: &[Shown]) -> Vec<String> {
    let own = example.split(COMPOSE_HEADING).next().unwrap_or_default();
    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, value) in own.lines().filter_map(assignment) {
        found.entry(name).or_default().push(value);
    }
    let mut complaints = Vec::new();
    for (name, default) in expected {
        match found.remove(name.as_str()).as_deref() {
            Some([value]) if value == default => {}
            Some([value]) => {
                complaints.push(format!(".env.example: {name} shows `{value}`, its default is `{default}`"));
            }
            Some(values) => complaints.push(format!(".env.example: {name} stands there {} times", values.len())),
            None => complaints.push(format!(".env.example: {name} is missing")),
        }
    }
    complaints.extend(found.keys().map(|name| format!(".env.example: {name} is read by nobody")));
    complaints
}

/// `NAME=value`, also behind a `#`.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.trim_start_matches('#').trim_start().split_once('=')?;
    let is_name = !name.is_empty() && name.chars().all(|letter| matches!(letter, 'A'..='Z' | '0'..='9' | '_'));
    is_name.then_some((name, value))
}

#[test]
fn an_example_that_differs_is_noticed() {
    let expected = [("A", "1"), ("B", ""), ("C", ""), ("D", "4")].map(|(name, default)| (name.to_owned(), default));
    let good = format!("# words, x=y (#NAME=…)\n#A=1\nB=\n# C=\n#D=4\n{COMPOSE_HEADING}\n#E=\n");
    assert!(differences(&good, &expected).is_empty());
    assert_eq!(
        differences("#A=1\n#A=1\n#B=2\n#D=4\n#E=\n", &expected),
        [
            ".env.example: A stands there 2 times",
            ".env.example: B shows `2`, its default is ``",
            ".env.example: C is missing",
            ".env.example: E is read by nobody",
        ]
    );
}
