//! Who may read and write the files that hold secrets, and the folders that they lie in.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use super::finding::{Finding, fail, ok, warn};
use crate::config::database::Target;
use crate::config::mail::MailTransport;
use crate::config::{Config, Origin, Shown};

const OTHERS_READ: u32 = 0o077;
const OTHERS_WRITE: u32 = 0o022;
/// Of nobody that shares a group: secrets that a container is given are often readable by its group.
const EVERYBODY_READS: u32 = 0o007;

/// `.env`, and the files that `…_FILE` settings name.
pub fn of_settings(settings: &[Shown]) -> Vec<Finding> {
    let dotenv = Path::new(".env");
    let holds_secrets = settings.iter().any(|one| one.is_secret && one.from == Origin::DotEnv);
    let mut found: Vec<_> = match fs::metadata(dotenv) {
        Ok(metadata) if mode(&metadata) & OTHERS_READ != 0 && holds_secrets => {
            vec![open_to_others(dotenv, &metadata, "and it holds secrets")]
        }
        Ok(metadata) => vec![ok("files", format!(".env has mode {:04o}", mode(&metadata)))],
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(cause) => vec![fail("files", format!(".env: {cause}"), "it must be readable to whoever runs Keystead")],
    };
    let named = settings.iter().filter_map(|one| match &one.from {
        Origin::File(path) => Some((one, Path::new(path))),
        Origin::CommandLine | Origin::Environment | Origin::DotEnv | Origin::Default(_) => None,
    });
    for (setting, path) in named {
        match fs::metadata(path) {
            Ok(metadata) if mode(&metadata) & EVERYBODY_READS != 0 => found.push(warn(
                "files",
                format!("{}_FILE: everybody may read {} (mode {:04o})", setting.name, path.display(), mode(&metadata)),
                format!("chmod 600 {}, unless nobody else is on this machine (a container)", path.display()),
            )),
            Ok(metadata) => {
                found.push(ok("files", format!("{}_FILE has mode {:04o}", setting.name, mode(&metadata))));
            }
            // The configuration tells of it.
            Err(_) => {}
        }
    }
    found
}

/// The data folder, what an SQLite database consists of, and the folder of mail that goes into files.
pub fn of_data(config: &Config) -> Vec<Finding> {
    let mut found = vec![folder(&config.database.data_dir, "the data folder")];
    if let Target::Sqlite { path } = &config.database.target {
        let beside = |suffix: &str| PathBuf::from(format!("{}{suffix}", path.display()));
        let there = [path.clone(), beside("-wal"), beside("-shm")];
        found.extend(there.iter().filter_map(|path| Some(file(path, &fs::metadata(path).ok()?))));
    }
    if let MailTransport::File { folder: mail } = &config.mail.transport
        && mail.exists()
    {
        found.push(folder(mail, "the folder of mail"));
    }
    found
}

fn mode(metadata: &Metadata) -> u32 {
    metadata.permissions().mode() & 0o7777
}

fn open_to_others(path: &Path, metadata: &Metadata, why: &str) -> Finding {
    let text = format!("other users may read {} (mode {:04o}), {why}", path.display(), mode(metadata));
    fail("files", text, format!("chmod 600 {}", path.display()))
}

fn file(path: &Path, metadata: &Metadata) -> Finding {
    if mode(metadata) & OTHERS_READ != 0 {
        open_to_others(path, metadata, "which holds everybody's data")
    } else {
        ok("files", format!("{} has mode {:04o}", path.display(), mode(metadata)))
    }
}

fn folder(path: &Path, what: &str) -> Finding {
    match fs::metadata(path) {
        Ok(metadata) if mode(&metadata) & OTHERS_WRITE != 0 => fail(
            "files",
            format!("other users may put files into {what} {} (mode {:04o})", path.display(), mode(&metadata)),
            format!("chmod 700 {}", path.display()),
        ),
        Ok(_) if access(path, Access::WRITE_OK | Access::EXEC_OK).is_err() => fail(
            "files",
            format!("this user may not write into {what} {}", path.display()),
            "run Keystead, and this, as the user whom the folder belongs to",
        ),
        Ok(metadata) => ok("files", format!("{what} {} has mode {:04o}", path.display(), mode(&metadata))),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => warn(
            "files",
            format!("{what} {} is not there", path.display()),
            "`keystead db init` or the first start makes it",
        ),
        Err(cause) => {
            fail("files", format!("{what} {}: {cause}", path.display()), "it must be a folder that can be used")
        }
    }
}
