//! A Keystead of the run's own: its folder, its settings, its database, and as many nodes on it as are started.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use serde_json::Value;
use tempfile::TempDir;

use super::ServiceClient;
use super::database::{Kind, new_address};
use super::server::Server;

/// What is said to every command and every node; all else is as it is built in. Throttling is on.
const SETTINGS: [(&str, &str); 8] = [
    ("SECRET_KEY", "a secret key for load tests, long enough to be one"),
    // One issuer for several nodes, whose ports differ.
    ("JWT_ISSUER", "https://keystead.test"),
    ("JWT_AUDIENCE", "https://keystead.test"),
    ("HASH_MEMORY_KIB", "19456"),
    ("HASH_ITERATIONS", "2"),
    // The generator stands where a proxy does.
    ("TRUSTED_PROXIES", "127.0.0.1"),
    ("MAIL_TRANSPORT", "none"),
    ("DB_TLS", "disabled"),
];

pub struct Own {
    folder: TempDir,
    program: PathBuf,
    settings: BTreeMap<String, String>,
    pub kind: Kind,
}

impl Own {
    /// With its schema and its roles; without a node. `more` wins over what is built in.
    pub fn new(program: &Path, ground: &Path, kind: Kind, more: &[(&str, &str)]) -> anyhow::Result<Self> {
        let folder = TempDir::with_prefix_in("loadtests-", ground).context("a folder for the run")?;
        let url = match kind {
            Kind::Sqlite => format!("sqlite:{}", folder.path().join("keystead.db").display()),
            Kind::Mysql | Kind::Postgres => new_address(kind)?,
        };
        let mut settings: BTreeMap<_, _> = SETTINGS.map(owned).into();
        settings.extend(more.iter().copied().map(owned));
        settings.insert("DATABASE_URL".to_owned(), url);
        let own = Self { folder, program: program.to_owned(), settings, kind };
        own.told(&["db", "init", "--json"])?;
        Ok(own)
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn program(&self) -> &Path {
        &self.program
    }

    pub fn database_url(&self) -> &str {
        self.settings.get("DATABASE_URL").map_or("", String::as_str)
    }

    /// Nothing of the caller's own environment gets in, but what finds programs.
    pub fn command(&self, more: &[(&str, &str)]) -> Command {
        let mut command = Command::new(&self.program);
        command.env_clear().current_dir(self.folder.path()).envs(&self.settings).envs(more.iter().copied());
        command
    }

    /// Runs a command of the program, and gives what it said in JSON.
    pub fn told(&self, arguments: &[&str]) -> anyhow::Result<Value> {
        let output = self.command(&[]).args(arguments).stdin(Stdio::null()).output();
        let output = output.with_context(|| format!("keystead {}", arguments.join(" ")))?;
        let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        ensure!(output.status.success(), "keystead {} failed:\n{said}{complained}", arguments.join(" "));
        serde_json::from_str(&said).with_context(|| format!("keystead {} said no JSON: {said}", arguments.join(" ")))
    }

    pub fn serve(&self, more: &[(&str, &str)]) -> anyhow::Result<Server> {
        self.serve_at(None, more)
    }

    pub fn serve_at(&self, port: Option<u16>, more: &[(&str, &str)]) -> anyhow::Result<Server> {
        Server::start(self.command(more), port, &self.folder.path().join("server.log"))
    }

    /// With the permissions that scenarios need.
    pub fn service_client(&self, name: &str) -> anyhow::Result<ServiceClient> {
        let mut arguments = vec!["clients", "create", "--json", "--name", name];
        for permission in ["load:read", "users:read", "sessions:read", "audit:read"] {
            arguments.extend(["--permission", permission]);
        }
        let told = self.told(&arguments)?;
        let text = |field: &str| told[field].as_str().map(str::to_owned).with_context(|| format!("no {field}"));
        Ok(ServiceClient { id: text("client_id")?, secret: text("client_secret")? })
    }
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}
