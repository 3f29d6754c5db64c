//! What became of the rows: counted, and the first of those that became nobody.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use serde::Serialize;

use crate::cli::exit::{Exit, Failure};
use crate::flows::import_users::{Batch, Rejected};
use crate::private_files;

/// Rejected rows that are shown; all are counted, and `--rejects` writes all of them.
const REJECTS_SHOWN: usize = 20;

#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Whether nothing was written.
    checked: bool,
    rows: usize,
    imported: usize,
    there_already: usize,
    rejected: usize,
    /// The first of them.
    rejects: Vec<RejectJson>,
    password_hashes: Vec<Scheme>,
    roles_created: Vec<String>,
    roles_missing: Vec<String>,
}

#[derive(Debug, Serialize)]
struct RejectJson {
    line: u64,
    name: Option<String>,
    reason: String,
}

#[derive(Debug, Serialize)]
struct Scheme {
    scheme: &'static str,
    rows: u64,
}

/// `--rejects FILE`: JSON Lines, the owner's alone, since names stand in it.
pub struct Rejects(Option<BufWriter<File>>);

impl Rejects {
    pub fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let open = |path: &Path| match private_files::create(path) {
            Ok(file) => Ok(BufWriter::new(file)),
            Err(cause) => {
                let taken = cause.kind() == io::ErrorKind::AlreadyExists;
                let exit = if taken { Exit::Conflict } else { Exit::Failure };
                Err(Failure::new(exit, format!("--rejects {}: {cause}", path.display())))
            }
        };
        Ok(Self(path.map(open).transpose()?))
    }

    fn write(&mut self, reject: &RejectJson) -> io::Result<()> {
        let Some(file) = &mut self.0 else { return Ok(()) };
        serde_json::to_writer(&mut *file, reject)?;
        file.write_all(b"\n")
    }

    pub fn finish(self) -> io::Result<()> {
        self.0.map_or(Ok(()), |mut file| file.flush())
    }
}

impl Report {
    /// `checked`: nothing is written.
    pub fn new(checked: bool) -> Self {
        Self { checked, ..Self::default() }
    }

    pub fn add(&mut self, batch: Batch, rejects: &mut Rejects) -> io::Result<()> {
        let Batch { imported, there, rejected } = batch;
        self.rows += imported + there + rejected.len();
        self.imported += imported;
        self.there_already += there;
        self.rejected += rejected.len();
        for Rejected { line, name, why } in rejected {
            let reject = RejectJson { line, name, reason: why.to_string() };
            rejects.write(&reject)?;
            if self.rejects.len() < REJECTS_SHOWN {
                self.rejects.push(reject);
            }
        }
        Ok(())
    }

    /// What is known at the end: hashes by their schemes, and for each role that was missing whether it is made.
    pub fn conclude(&mut self, schemes: &BTreeMap<&'static str, u64>, missing: &BTreeMap<String, bool>) {
        self.password_hashes = schemes.iter().map(|(&scheme, &rows)| Scheme { scheme, rows }).collect();
        for (role, is_made) in missing {
            let list = if *is_made { &mut self.roles_created } else { &mut self.roles_missing };
            list.push(role.clone());
        }
    }

    /// Of a run that ended early.
    pub fn so_far(&self) -> String {
        let imported = if self.checked { 0 } else { self.imported };
        format!("{imported} were imported before that, and are found there when it is run again")
    }

    /// A run that left somebody out is no success: a script has to look.
    pub fn verdict(&self) -> Result<(), Failure> {
        let (noun, verb) = if self.rejected == 1 { ("row", "was") } else { ("rows", "were") };
        if self.rejected == 0 {
            return Ok(());
        }
        let text = format!("{} {noun} {verb} rejected", self.rejected);
        Err(Failure::new(Exit::Failure, text)
            .hint("mend them and run it again: who is there already is left as they are"))
    }
}

/// For people.
impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let would = if self.checked { "would be " } else { "" };
        write!(out, "{would}imported: {}\nthere already: {}\n", self.imported, self.there_already)?;
        write!(out, "{would}rejected: {}", self.rejected)?;
        for RejectJson { line, name, reason } in &self.rejects {
            let name = name.as_ref().map_or_else(String::new, |name| format!(" ({name})"));
            write!(out, "\n  line {line}{name}: {reason}")?;
        }
        if self.rejected > self.rejects.len() {
            write!(out, "\n  and {} more; --rejects FILE writes all", self.rejected - self.rejects.len())?;
        }
        for Scheme { scheme, rows } in &self.password_hashes {
            write!(out, "\npasswords as {scheme}: {rows}")?;
        }
        let made = if self.checked { "roles that would be created" } else { "roles created" };
        for (what, roles) in [(made, &self.roles_created), ("roles that do not exist", &self.roles_missing)] {
            if !roles.is_empty() {
                write!(out, "\n{what}: {}", roles.join(", "))?;
            }
        }
        Ok(())
    }
}
