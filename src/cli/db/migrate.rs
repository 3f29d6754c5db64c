//! `keystead db migrate`: the files of a new migration, for those who work on Keystead.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use clap::Args;
use serde_json::json;

use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Output;
use crate::store::migrations::next_triplet;

#[derive(Debug, Args)]
pub struct Migrate {
    /// What it does, in a few words; they become its name
    #[arg(short, long)]
    message: String,
    #[command(flatten)]
    output: Output,
}

pub fn run(asked: &Migrate) -> Result<(), Failure> {
    let files = write(Path::new("."), &asked.message)?;
    asked.output.tell(&json!({ "files": files }), files.join("\n"))
}

/// The paths of the new files, from `root`.
fn write(root: &Path, message: &str) -> Result<Vec<String>, Failure> {
    let existing = existing(&root.join("migrations/sqlite")).map_err(|cause| match cause.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Failure::new(
            Exit::NotFound,
            "there is no folder migrations/sqlite here: run this in a checkout of Keystead",
        ),
        _ => cause.into(),
    })?;
    let files = next_triplet(existing.iter().map(String::as_str), message)
        .map_err(|error| Failure::new(Exit::Mistake, error.to_string()))?;
    for (path, content) in &files {
        let path = root.join(path);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        OpenOptions::new().write(true).create_new(true).open(path)?.write_all(content.as_bytes())?;
    }
    Ok(files.into_iter().map(|(path, _)| path).collect())
}

fn existing(folder: &Path) -> io::Result<Vec<String>> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}
