//! The program under test: found, or built.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

/// The project that this program was built in. What is started from there is started only where it is still there.
const PROJECT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The one that was named; else the one beside this program; else the one that cargo makes now.
pub fn keystead(named: Option<&Path>) -> anyhow::Result<PathBuf> {
    if let Some(path) = named {
        let path = path.canonicalize().with_context(|| format!("there is no program {}", path.display()))?;
        return Ok(path);
    }
    let own = std::env::current_exe().context("the path of this program")?;
    let beside = own.with_file_name("keystead");
    if project().is_err() {
        ensure!(beside.is_file(), "no keystead stands beside this program: name it with --keystead");
        return Ok(beside);
    }
    // Also where one stands there: it may be of another day than this program.
    let mut command = Command::new("cargo");
    // Both packages, so that their dependencies have the features that they have here and are not compiled again.
    command
        .args(["build", "--locked", "--package", "keystead", "--package", "loadtests", "--bin", "keystead"])
        .current_dir(project()?);
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    let ended = command.status().context("cargo, to build keystead; or name a program with --keystead")?;
    ensure!(ended.success() && beside.is_file(), "keystead was not built; name a program with --keystead");
    Ok(beside)
}

/// # Errors
/// The program was moved away from where it was built.
pub fn project() -> anyhow::Result<PathBuf> {
    Path::new(PROJECT).canonicalize().context("the project's folder is not here")
}

/// The folder below which databases are made: the project's target, which is on a disk. One in memory would flush for
/// nothing.
pub fn ground(named: Option<&Path>) -> anyhow::Result<PathBuf> {
    let ground = match (named, project()) {
        (Some(folder), _) => folder.to_owned(),
        (None, Ok(project)) => project.join("target").join("tmp"),
        (None, Err(_)) => std::env::temp_dir(),
    };
    std::fs::create_dir_all(&ground).with_context(|| format!("cannot make {}", ground.display()))?;
    Ok(ground)
}
