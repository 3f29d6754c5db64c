//! Which database the nodes work on. Servers are private ones, which `scripts/with-databases` starts for the run.

use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, ExitCode};

use anyhow::Context as _;
use clap::ValueEnum;
use uuid::Uuid;

use super::program::project;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    Sqlite,
    /// MariaDB, as Debian has it
    Mysql,
    Postgres,
}

impl Kind {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Mysql => "mysql",
            Self::Postgres => "postgres",
        }
    }

    const fn variable(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Mysql => Some("TEST_MARIADB_URL"),
            Self::Postgres => Some("TEST_POSTGRES_URL"),
        }
    }

    /// The administrator's address of the private server, which ends with a `/`.
    #[expect(clippy::disallowed_methods, reason = "scripts/with-databases hands its servers on by the environment")]
    fn server(self) -> Option<String> {
        self.variable().and_then(|name| std::env::var(name).ok()).filter(|url| !url.is_empty())
    }
}

/// Runs this very command once more below `scripts/with-databases`, where a server is needed and none is there. `None`:
/// it is there, or none is needed.
pub fn started_for_us(kind: Kind) -> anyhow::Result<Option<ExitCode>> {
    if kind == Kind::Sqlite || kind.server().is_some() {
        return Ok(None);
    }
    let script = project()?.join("scripts").join("with-databases");
    let own = std::env::current_exe().context("the path of this program")?;
    let status = Command::new(script).arg(own).args(std::env::args_os().skip(1)).status();
    let status = status.context("scripts/with-databases, for a private database server")?;
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1);
    Ok(Some(ExitCode::from(u8::try_from(code).unwrap_or(1))))
}

/// The address of a database that is not there yet: `keystead db init` makes it. The server goes with the run.
pub fn new_address(kind: Kind) -> anyhow::Result<String> {
    let server = kind.server().context("the database server's address")?;
    Ok(format!("{server}load_{}", Uuid::now_v7().simple()))
}
