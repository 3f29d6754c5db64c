//! What holds for each command, and what its row says of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::clap_tree::{Node, leaves_and_groups};
use super::row::{Asked, Json, Leaf, SOME_LINE};
use super::{rows, shape};
use crate::program::{Program, Ran};

/// Words in the name of what nobody may write where every user of the machine can read it.
const SECRETS: &[&str] = &["password", "secret", "token", "key"];

/// Each command with its row.
fn all() -> Vec<(Node, &'static Leaf)> {
    let rows = rows();
    let leaves = leaves_and_groups().0.into_iter();
    let with_row = |node: Node| Some((rows.iter().copied().find(|row| row.path == node.path)?, node));
    leaves.filter_map(with_row).map(|(row, node)| (node, row)).collect()
}

fn told(faults: &[String]) {
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// What `db init` left behind, to be copied: making it anew for each command would take most of the time.
fn ground() -> Program {
    let program = Program::new();
    program.ok(&["db", "init"]);
    program
}

#[test]
fn each_command_has_one_row_and_each_row_a_command() {
    let leaves: BTreeSet<_> = leaves_and_groups().0.into_iter().map(|node| node.path).collect();
    let rows: Vec<_> = rows().into_iter().map(|row| row.path.to_owned()).collect();
    assert_eq!(rows.iter().collect::<BTreeSet<_>>().len(), rows.len(), "a row stands twice");
    let rows: BTreeSet<_> = rows.into_iter().collect();
    let lacking: Vec<_> = leaves.symmetric_difference(&rows).collect();
    assert!(lacking.is_empty(), "a row without a command, or a command without a row in tests/cli/tree: {lacking:?}");
}

#[test]
fn help_explains_every_argument_and_no_secret_is_one() {
    let (leaves, groups) = leaves_and_groups();
    let mut faults = Vec::new();
    for node in leaves.iter().chain(&groups) {
        let path = &node.path;
        if node.command.get_about().is_none_or(|about| about.to_string().len() < 10) {
            faults.push(format!("{path}: does not say what it does"));
        }
        for arg in node.arguments() {
            let (name, takes_value) = (arg.get_id().as_str(), arg.get_action().takes_values());
            if arg.get_help().is_none_or(|help| help.to_string().is_empty()) {
                faults.push(format!("{path}: {name} is not explained"));
            }
            if name == "yes" && !node.has_flag("dry-run") {
                faults.push(format!("{path}: destroys something, and cannot be tried with --dry-run"));
            }
            let words: BTreeSet<_> = name.split(['_', '-']).collect();
            if takes_value && SECRETS.iter().any(|secret| words.contains(secret)) {
                faults.push(format!("{path}: {name} would stand in the list of processes"));
            }
        }
    }
    told(&faults);
}

#[test]
fn what_is_beneath_a_group_is_shown_and_asked_for() {
    let program = Program::new();
    for group in leaves_and_groups().1 {
        let words: Vec<_> = group.path.split(' ').filter(|word| !word.is_empty()).collect();
        let ran = program.run(&words);
        assert_eq!(ran.code, 2, "{words:?}: {ran:?}");
        for beneath in group.command.get_subcommands() {
            assert!(ran.err.contains(beneath.get_name()), "{words:?}: {ran:?}");
        }
    }
}

#[test]
fn each_command_answers_help_an_unknown_flag_and_a_missing_database() {
    let mut faults = Vec::new();
    for (node, row) in all() {
        let program = Program::new();
        let run = |more: &[&str]| program.run(&[&node.words()[..], more].concat());
        let help = run(&["--help"]);
        let shows = |arg: &clap::Arg| arg.get_long().is_none_or(|long| help.out.contains(&format!("--{long}")));
        if help.code != 0 || !node.arguments().all(shows) {
            faults.push(format!("{} --help: {help:?}", node.path));
        }
        let unknown = run(&["--no-such-flag"]);
        if unknown.code != 2 || !unknown.err.contains("--help") {
            faults.push(format!("{} --no-such-flag: {unknown:?}", node.path));
        }
        if let Some(least) = row.without_database {
            let ran = program.run_with_input(&[&node.words()[..], least].concat(), SOME_LINE);
            if ran.code != 3 || !ran.err.contains("`keystead db init` makes it") {
                faults.push(format!("{} without a database: {ran:?}", node.path));
            }
        }
    }
    told(&faults);
}

#[test]
fn each_misuse_is_told_with_its_code() {
    let ground = ground();
    let mut faults = Vec::new();
    for (node, row) in all() {
        if row.misuses.is_empty() {
            faults.push(format!("{}: its row knows no misuse", node.path));
        }
        let program = ground.copy();
        (row.prepare)(&program);
        for misuse in row.misuses {
            let ran = program.run_with_input(&[&node.words()[..], misuse.arguments].concat(), misuse.input);
            if ran.code != misuse.code || !ran.err.contains(misuse.says) {
                faults.push(format!("{} {:?}: {ran:?}", node.path, misuse.arguments));
            }
        }
    }
    told(&faults);
}

#[test]
fn what_is_printed_as_json_has_its_committed_shape() {
    let mut faults = Vec::new();
    for (path, shape) in shapes(&mut faults) {
        let committed = fs::read_to_string(&path).unwrap_or_default();
        if committed != shape {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            faults.push(format!("{name}: cargo test --test cli write_anew -- --ignored\n{committed}\nis now\n{shape}"));
        }
    }
    let known: BTreeSet<_> = all().iter().map(|(node, _)| file_of(node)).collect();
    let there = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    faults.extend(there.filter(|path| !known.contains(path)).map(|path| format!("{} is of nothing", path.display())));
    told(&faults);
}

#[test]
#[ignore = "writes the shapes instead of testing something"]
fn write_anew_the_shapes() {
    let mut faults = Vec::new();
    for (path, shape) in shapes(&mut faults) {
        fs::write(path, shape).unwrap();
    }
    told(&faults);
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/tree/shapes")
}

fn file_of(node: &Node) -> PathBuf {
    folder().join(format!("{}.json", node.path.replace(' ', "-")))
}

/// Each command's shape, and the file where it belongs.
fn shapes(faults: &mut Vec<String>) -> Vec<(PathBuf, String)> {
    let ground = ground();
    let mut shapes = Vec::new();
    for (node, row) in all() {
        match &row.json {
            Json::Flag(_) if !node.has_flag("json") => faults.push(format!("{}: has no --json", node.path)),
            Json::Always(_) | Json::Without(_) if node.has_flag("json") => {
                faults.push(format!("{}: has --json, and its row says otherwise", node.path));
            }
            Json::Without(why) => assert!(!why.is_empty(), "{}", node.path),
            Json::Flag(_) | Json::Always(_) => match shape_of(&node, row, &ground.copy()) {
                Ok(shape) => shapes.push((file_of(&node), format!("{shape:#}\n"))),
                Err(fault) => faults.push(format!("{} --json: {fault}", node.path)),
            },
        }
    }
    shapes
}

fn shape_of(node: &Node, row: &Leaf, program: &Program) -> Result<Value, String> {
    (row.prepare)(program);
    let examples = match row.json {
        Json::Flag(examples) | Json::Always(examples) => examples(program),
        Json::Without(_) => Vec::new(),
    };
    let mut whole = None;
    for asked in examples {
        let ran = ask(program, node, row, &asked);
        if ran.code != asked.code {
            return Err(format!("{:?}: {ran:?}", asked.arguments));
        }
        let shape = shape::of_lines(&ran.out)?;
        whole = Some(whole.map_or_else(|| shape.clone(), |before| shape::both(before, shape.clone())));
    }
    whole.ok_or_else(|| "no example".to_owned())
}

fn ask(program: &Program, node: &Node, row: &Leaf, asked: &Asked) -> Ran {
    let mut arguments = node.words();
    arguments.extend(asked.arguments.iter().map(String::as_str));
    if matches!(row.json, Json::Flag(_)) {
        arguments.push("--json");
    }
    program.run_with_input(&arguments, &asked.input)
}
