//! `loadtests`: asks a Keystead more than it can bear, and says what came of it.
//!
//! `driver` asks, `watch` looks, `place` starts servers and makes people, `baseline` is what is compared with,
//! `scenario` puts them together, `verdict` judges, `report` tells. DESIGN.md has the whole on a page.

mod arguments;
mod baseline;
mod capacity;
mod compare;
mod dice;
mod driver;
mod http;
mod numbers;
mod place;
mod report;
mod running;
mod scenario;
mod verdict;
mod watch;

use std::process::ExitCode;

use clap::Parser as _;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use self::arguments::{CommandLine, Deed};

fn main() -> ExitCode {
    let asked = CommandLine::parse();
    allow_many_connections();
    match run(asked) {
        Ok(code) => code,
        Err(cause) => {
            eprintln!("loadtests: {cause:#}");
            ExitCode::from(2)
        }
    }
}

/// 0: everything held. 1: a threshold was missed. 2: it could not be found out.
fn run(asked: CommandLine) -> anyhow::Result<ExitCode> {
    match asked.deed {
        Deed::List => {
            for scenario in scenario::ALL {
                println!("{:14} {}", scenario.name(), scenario.about());
            }
            Ok(ExitCode::SUCCESS)
        }
        Deed::Run(running) => running::run(&running, &running.scenarios),
        Deed::All(running) => running::run_all(&running),
        Deed::Compare { before, after } => {
            print!("{}", compare::compare(&report::read(&before)?, &report::read(&after)?));
            Ok(ExitCode::SUCCESS)
        }
        Deed::People { count, with_factor } => {
            place::people::write(0..count, with_factor, std::io::stdout().lock())?;
            Ok(ExitCode::SUCCESS)
        }
        Deed::Plan(plan) => {
            print!("{}", capacity::plan(&plan)?);
            Ok(ExitCode::SUCCESS)
        }
        Deed::BaselineServer { which, argument } => {
            baseline::serve(&which, &argument)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// A storm has thousands of connections, here and at the servers that are started from here. Where the limit cannot be
/// raised, what goes beyond it shows as lost.
fn allow_many_connections() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let _raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
}
