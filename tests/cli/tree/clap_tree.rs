//! The tree of commands as clap has it.

use clap::{Arg, Command, CommandFactory as _};
use keystead::cli::CommandLine;

pub struct Node {
    /// Its words after `keystead`.
    pub path: String,
    pub command: Command,
}

impl Node {
    /// What somebody may write after its words: neither what is hidden nor `--help`.
    pub fn arguments(&self) -> impl Iterator<Item = &Arg> {
        let of_clap = |arg: &Arg| matches!(arg.get_id().as_str(), "help" | "version");
        self.command.get_arguments().filter(move |arg| !arg.is_hide_set() && !of_clap(arg))
    }

    pub fn has_flag(&self, long: &str) -> bool {
        self.arguments().any(|arg| arg.get_long() == Some(long))
    }

    pub fn words(&self) -> Vec<&str> {
        self.path.split(' ').collect()
    }
}

/// The commands that do something, and those that only hold others.
pub fn leaves_and_groups() -> (Vec<Node>, Vec<Node>) {
    let mut whole = CommandLine::command();
    whole.build();
    let (mut leaves, mut groups, mut rest) = (Vec::new(), Vec::new(), vec![(String::new(), whole)]);
    while let Some((path, command)) = rest.pop() {
        let beneath: Vec<_> = command.get_subcommands().filter(|one| one.get_name() != "help").cloned().collect();
        let words = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path} {name}") };
        rest.extend(beneath.iter().map(|one| (words(one.get_name()), one.clone())));
        let node = Node { path, command };
        if beneath.is_empty() { leaves.push(node) } else { groups.push(node) }
    }
    leaves.sort_by(|one, other| one.path.cmp(&other.path));
    (leaves, groups)
}
