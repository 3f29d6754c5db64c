//! docs/cli.md: its table is made from the tree of commands, so that it cannot tell of another one.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Arg, CommandFactory as _};
use keystead::cli::CommandLine;

use super::clap_tree::{Node, leaves_and_groups};

const BEGINS: &str = "<!-- commands: written by `cargo test --test cli write_anew -- --ignored` -->\n";
const ENDS: &str = "<!-- end of commands -->\n";

#[test]
fn the_page_has_the_commands_that_there_are() {
    let (page, anew) = (page(), written_anew());
    assert!(page == anew, "docs/cli.md is out of date: cargo test --test cli write_anew -- --ignored");
}

#[test]
fn the_page_and_the_help_tell_the_same_of_exit_codes() {
    let (page, command) = (page(), CommandLine::command());
    let help = command.get_after_help().unwrap().to_string();
    let codes: Vec<_> = help.lines().filter_map(|line| line.trim().split_once("  ")).collect();
    assert_eq!(codes.len(), 8, "{help}");
    for (code, means) in codes {
        assert!(page.contains(&format!("| {code} | {means} |")), "{code}: {means}");
    }
}

#[test]
#[ignore = "writes the page instead of testing something"]
fn write_anew_the_page() {
    fs::write(path(), written_anew()).unwrap();
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cli.md")
}

fn page() -> String {
    fs::read_to_string(path()).unwrap()
}

/// The page with a new table; its prose stays.
fn written_anew() -> String {
    let page = page();
    let (before, rest) = page.split_once(BEGINS).expect("the mark of the table");
    let (_, after) = rest.split_once(ENDS).expect("the end of the table");
    let rows: String = leaves_and_groups().0.iter().map(row).collect();
    format!("{before}{BEGINS}| command | does |\n| --- | --- |\n{rows}{ENDS}{after}")
}

fn row(node: &Node) -> String {
    let usage: Vec<_> = ["keystead".to_owned(), node.path.clone()].into_iter().chain(arguments(node)).collect();
    let about = node.command.get_about().map(ToString::to_string).unwrap_or_default();
    format!("| `{}` | {} |\n", usage.join(" ").replace('|', "\\|"), about.replace('|', "\\|"))
}

/// What stands by its place first, then what has to be given, then the rest.
fn arguments(node: &Node) -> Vec<String> {
    let mut arguments: Vec<_> = node.arguments().collect();
    arguments.sort_by_key(|arg| (!arg.is_positional(), !arg.is_required_set()));
    arguments.into_iter().map(shown).collect()
}

fn shown(arg: &Arg) -> String {
    let named = arg.get_value_names().and_then(<[_]>::first).map(ToString::to_string);
    let value = named.unwrap_or_else(|| arg.get_id().as_str().to_uppercase().replace('_', "-"));
    let name = match (arg.get_long(), arg.get_short()) {
        (Some(long), _) => format!("--{long}"),
        (None, Some(short)) => format!("-{short}"),
        (None, None) => String::new(),
    };
    let takes_value = arg.get_action().takes_values();
    let whole = match (name.is_empty(), takes_value) {
        (true, _) => value,
        (false, true) => format!("{name} {value}"),
        (false, false) => name,
    };
    let many = if matches!(arg.get_action(), clap::ArgAction::Append) { "…" } else { "" };
    if arg.is_required_set() { format!("{whole}{many}") } else { format!("[{whole}]{many}") }
}
