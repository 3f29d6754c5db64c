//! `keystead completions`: what a shell has to know to finish a command that is being typed.

use std::io::{self, Write as _};

use clap::{Args, CommandFactory as _, ValueEnum};
use clap_complete::{Shell, generate};

use super::CommandLine;
use super::exit::Failure;

const EXAMPLES: &str = "\
Examples:
  bash  keystead completions bash > ~/.local/share/bash-completion/completions/keystead
  zsh   keystead completions zsh > \"${fpath[1]}/_keystead\"
  fish  keystead completions fish > ~/.config/fish/completions/keystead.fish

Then open a new shell. Write the file anew after an upgrade of Keystead.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Completions {
    /// The shell that is to read it
    shell: Reader,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Reader {
    Bash,
    Zsh,
    Fish,
}

pub fn run(asked: &Completions) -> Result<(), Failure> {
    let shell = match asked.shell {
        Reader::Bash => Shell::Bash,
        Reader::Zsh => Shell::Zsh,
        Reader::Fish => Shell::Fish,
    };
    // In memory first: the generator panics where standard output is closed.
    let mut script = Vec::new();
    generate(shell, &mut CommandLine::command(), "keystead", &mut script);
    let mut out = io::stdout().lock();
    out.write_all(&script)?;
    Ok(out.flush()?)
}
