//! The row of a command in the walk.

use crate::program::Program;

/// A command that has no further commands beneath it.
pub struct Leaf {
    /// Its words, such as `db status`.
    pub path: &'static str,
    /// Of one that works on a database, the least that it has to be given: with these it is also run where there is no
    /// database, and must end with code 3. (What it reads from standard input is then [`SOME_LINE`].)
    pub without_database: Option<&'static [&'static str]>,
    /// Runs on a database that `db init` made, before the misuses, and once more before the examples of `--json`.
    pub prepare: fn(&Program),
    pub misuses: &'static [Misuse],
    pub json: Json,
}

/// What it is given (after its words), and what it says to that.
pub struct Misuse {
    pub arguments: &'static [&'static str],
    pub input: &'static str,
    pub code: i32,
    /// Part of what stands on standard error.
    pub says: &'static str,
}

pub enum Json {
    /// With `--json`: runs of which the shape is made, all of them together.
    Flag(fn(&Program) -> Vec<Asked>),
    /// Without being asked, since nothing else comes out of it.
    Always(fn(&Program) -> Vec<Asked>),
    /// Why it has none.
    Without(&'static str),
}

/// One run for the shape of what is printed.
pub struct Asked {
    pub arguments: Vec<String>,
    pub input: String,
    pub code: i32,
}

pub const SOME_LINE: &str = "three plain words\n";

pub const NOTHING: fn(&Program) = |_| {};

pub const fn misuse(arguments: &'static [&'static str], code: i32, says: &'static str) -> Misuse {
    Misuse { arguments, input: "", code, says }
}

impl Misuse {
    pub const fn input(self, input: &'static str) -> Self {
        Self { input, ..self }
    }
}

/// `arguments` come after the command's words; `--json` is added by the walk. For a line on standard input:
/// `Asked { input: …, ..asked([…]) }`.
pub fn asked<S: ToString>(arguments: impl IntoIterator<Item = S>) -> Asked {
    let arguments = arguments.into_iter().map(|one| one.to_string()).collect();
    Asked { arguments, input: String::new(), code: 0 }
}

/// The one run of a command that asks for nothing more.
pub fn plainly(_program: &Program) -> Vec<Asked> {
    vec![asked([""; 0])]
}

impl Asked {
    pub fn code(self, code: i32) -> Self {
        Self { code, ..self }
    }
}
