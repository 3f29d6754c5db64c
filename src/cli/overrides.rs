//! The flags of `serve` that stand for settings; `config` and `doctor` take them too, to tell of that very server.

use clap::Args;

/// Each stands above the variable of the environment that it is named like; `.env` stands below that.
#[derive(Debug, Args)]
pub struct Overrides {
    /// Where the API listens: IP:PORT (port 0: any free one) or unix:PATH
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Where operators are answered
    #[arg(long, value_name = "ADDRESS")]
    ops_listen: Option<String>,
    /// The address people reach the server by
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// The SQLite file
    #[arg(long, value_name = "PATH")]
    db_path: Option<String>,
    /// error, warn, info, debug or trace
    #[arg(long, value_name = "LEVEL")]
    log_level: Option<String>,
    /// pretty or json
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<String>,
}

impl Overrides {
    /// Those that were given, by the names of the variables that they stand above.
    pub fn pairs(&self) -> Vec<(String, String)> {
        let flags = [
            ("LISTEN", &self.listen),
            ("OPS_LISTEN", &self.ops_listen),
            ("PUBLIC_URL", &self.public_url),
            ("DB_PATH", &self.db_path),
            ("LOG_LEVEL", &self.log_level),
            ("LOG_FORMAT", &self.log_format),
        ];
        flags.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value.clone()?))).collect()
    }
}
