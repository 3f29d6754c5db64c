//! Leave for what cannot be undone: asked for at the terminal, or given beforehand with `--yes`.

use std::io::{self, BufRead as _, Read as _, Write as _};

use clap::Args;

use super::exit::{Exit, Failure};
use super::terminal::somebody_is_there;

/// More than anybody types who means yes.
const ANSWER_BYTES_MAX: u64 = 64;

/// The flags of every command that destroys something (`#[command(flatten)]`).
#[derive(Clone, Copy, Debug, Args)]
pub struct Confirm {
    /// Say what would be done, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask; for scripts
    #[arg(short, long, conflicts_with = "dry_run")]
    yes: bool,
}

impl Confirm {
    /// `question`: names what would be gone, such as "Delete ada@example.com with all that is held about them?". A dry run
    /// is not asked about: look at [`Confirm::dry_run`] first.
    ///
    /// # Errors
    /// A mistake where nobody is at the terminal and nothing was said beforehand; a refusal where the answer is no.
    pub fn ask(self, question: &str) -> Result<(), Failure> {
        if self.yes {
            return Ok(());
        }
        if !somebody_is_there() {
            return Err(Failure::new(Exit::Mistake, "this cannot be undone, and nobody is at a terminal to be asked")
                .hint("say --yes to do it, or --dry-run to see what it would do"));
        }
        let mut screen = io::stderr().lock();
        write!(screen, "{question} [y/N] ")?;
        screen.flush()?;
        let mut answer = String::new();
        io::stdin().lock().take(ANSWER_BYTES_MAX).read_line(&mut answer)?;
        if means_yes(&answer) { Ok(()) } else { Err(Failure::new(Exit::Refused, "nothing was changed")) }
    }
}

fn means_yes(answer: &str) -> bool {
    matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_yes_is_yes() {
        assert!(["y\n", "Y", " yes \r\n", "YES\n"].iter().all(|answer| means_yes(answer)));
        assert!(!["", "\n", "n\n", "yess", "ja", "y y"].iter().any(|answer| means_yes(answer)));
    }
}
