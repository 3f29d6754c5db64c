//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::capacity::Wanted;
use crate::place::database::Kind;

const EXAMPLES: &str = "\
Examples:
  loadtests all --quick                        every scenario, in less than ten minutes
  loadtests run login-storm --database mysql   one of them, on a private MariaDB
  loadtests compare before/report.json after/report.json
  loadtests plan report.json --users 1000000 --logins-a-day 300000 --peak 5

The exit code is 0 when every threshold held, 1 when one was missed, 2 when it could not be found out.";

/// Asks a Keystead more than it can bear, and says what came of it
#[derive(Debug, Parser)]
#[command(version, after_help = EXAMPLES)]
pub struct CommandLine {
    #[command(subcommand)]
    pub deed: Deed,
}

#[derive(Debug, Subcommand)]
pub enum Deed {
    /// Name the scenarios
    List,
    /// Run the scenarios that are named
    Run(Running),
    /// Run all of them but those that take hours
    All(Running),
    /// Hold two reports against each other
    Compare { before: PathBuf, after: PathBuf },
    /// Write people as JSON Lines for `keystead import`, for a server that is there already
    People {
        #[arg(long, default_value_t = 20_000)]
        count: usize,
        /// Each with a second factor
        #[arg(long)]
        with_factor: bool,
    },
    /// Say what so many users take, from what was measured
    Plan(Wanted),
    #[command(hide = true)]
    BaselineServer { which: String, argument: String },
}

#[derive(Clone, Debug, Args)]
pub struct Running {
    /// Their names; `loadtests list` has them
    #[arg(value_name = "SCENARIO")]
    pub scenarios: Vec<String>,
    /// Shorter, with fewer people: shows that everything works; its figures are rougher
    #[arg(long)]
    pub quick: bool,
    /// The database that nodes work on; a server is started for the run, as the tests do
    #[arg(long, value_enum, default_value_t = Kind::Sqlite)]
    pub database: Kind,
    /// What chance goes by: the same number asks the same
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Where report.json and report.html go
    #[arg(long, value_name = "FOLDER", default_value = "target/loadtests")]
    pub output: PathBuf,
    /// Other thresholds than those that are built in (loadtests/thresholds.json)
    #[arg(long, value_name = "FILE")]
    pub thresholds: Option<PathBuf>,
    /// The program to measure; without it, the project's own is built
    #[arg(long, value_name = "FILE")]
    pub keystead: Option<PathBuf>,
    /// Below which databases are made: on a disk, since a folder in memory would flush for nothing
    #[arg(long, value_name = "FOLDER")]
    pub ground: Option<PathBuf>,
    /// Threads of the generator; as many as cores where nothing is said
    #[arg(long)]
    pub threads: Option<usize>,
    /// No phase begins after so many minutes; 20 in a quick run, else 240
    #[arg(long, value_name = "MINUTES")]
    pub at_most: Option<u64>,
    /// A server that is there already, as http://HOST:PORT; it has to trust this machine as a proxy
    #[arg(long, value_name = "URL", requires = "credentials")]
    pub target: Option<String>,
    /// For --target: a JSON file with `client_id` and `client_secret` of a service client that has load:read, and in
    /// `people` how many of those that `loadtests people` writes were imported
    #[arg(long, value_name = "FILE")]
    pub credentials: Option<PathBuf>,
    /// The target may be another machine: only where you may load it
    #[arg(long)]
    pub elsewhere: bool,
}
