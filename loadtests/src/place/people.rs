//! The people of a run: accounts under numbered names, all with the password that is known here.
//!
//! They come in by `keystead import`, with their hash: one Argon2id hash at the cost of production, made once. So a
//! million of them are there in minutes, and each of their sign-ins costs what a person's does.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use keystead::actors::hasher::HashParams;
use keystead::actors::hasher::engine::{Backend, Engine};

use super::own::Own;
use crate::numbers::{float, ratio};
use crate::watch::process::Process;

pub const PASSWORD: &str = "correct horse battery staple";
pub const WRONG_PASSWORD: &str = "incorrect donkey battery staple";
/// Of everybody who has a second factor, in base32 and as it is.
const FACTOR_BASE32: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
pub const FACTOR: [u8; 20] = *b"Hello!\xde\xad\xbe\xefHello!\xde\xad\xbe\xef";
/// The built-in cost of a hash.
pub const COST: HashParams = HashParams { memory_kib: 19_456, iterations: 2, parallelism: 1 };
/// A smaller import is over within some of them.
const GLANCE: Duration = Duration::from_millis(20);
const SALT: &[u8; 16] = b"load-tests-salt.";

/// The name that number `number` signs in with.
pub fn name(number: usize) -> String {
    // Multiplying by an odd number permutes them: names come in no order, as they do in life.
    let scattered = u32::try_from(number).unwrap_or_default().wrapping_mul(2_654_435_761);
    format!("{scattered:08x}-{number}@example.org")
}

/// The hash of [`PASSWORD`], as a PHC string.
pub fn hash() -> anyhow::Result<String> {
    let mut tag = [0; 32];
    let mut engine = Engine::new(Backend::Argon2);
    engine.tag(COST, PASSWORD.as_bytes(), SALT, &mut tag).map_err(|cause| anyhow!("a hash: {cause}"))?;
    let HashParams { memory_kib, iterations, parallelism } = COST;
    let (salt, tag) = (STANDARD_NO_PAD.encode(SALT), STANDARD_NO_PAD.encode(tag));
    Ok(format!("$argon2id$v=19$m={memory_kib},t={iterations},p={parallelism}${salt}${tag}"))
}

/// One line of JSON for each, as `keystead import` reads it.
pub fn write(people: std::ops::Range<usize>, with_factor: bool, out: impl Write) -> anyhow::Result<()> {
    let hash = hash()?;
    let factor =
        if with_factor { format!(r#","mfa_secret":"{FACTOR_BASE32}","mfa_enabled":true"#) } else { String::new() };
    let mut out = BufWriter::new(out);
    for number in people {
        let name = name(number);
        writeln!(out, r#"{{"email":"{name}","password_hash":"{hash}","email_verified":true{factor}}}"#)?;
    }
    out.flush().context("the file of people")
}

/// What an import came to.
#[derive(Clone, Copy, Debug)]
pub struct Imported {
    pub rows: usize,
    pub took: Duration,
    /// The most that was resident.
    pub peak_bytes: u64,
    /// The most that was resident in the second half of the time ÷ the most in the first: 1 where memory is constant.
    pub growth: Option<f64>,
}

/// Makes the accounts, by the program's own command.
pub fn import(own: &Own, people: std::ops::Range<usize>, with_factor: bool) -> anyhow::Result<Imported> {
    let (path, rows) = (own.folder().join("people.jsonl"), people.len());
    write(people, with_factor, File::create(&path).context("the file of people")?)?;
    let began = Instant::now();
    let looks = import_file(own, &path)?;
    let took = began.elapsed();
    std::fs::remove_file(&path).context("the file of people")?;
    let most = |looks: &[u64]| looks.iter().copied().max().unwrap_or_default();
    let (first, second) = looks.split_at(looks.len() / 2);
    Ok(Imported { rows, took, peak_bytes: most(&looks), growth: ratio(float(most(second)), float(most(first))) })
}

/// What was resident, look by look.
fn import_file(own: &Own, path: &Path) -> anyhow::Result<Vec<u64>> {
    let report = File::create(own.folder().join("import.log")).context("the report's file")?;
    let mut command = own.command(&[]);
    command.arg("import").arg(path).stdout(report.try_clone().context("the report's file")?).stderr(report);
    let mut child = command.spawn().context("keystead import")?;
    let (process, mut looks) = (Process::new(child.id()), Vec::new());
    let status = loop {
        looks.extend(process.resident_bytes());
        if let Some(status) = child.try_wait().context("keystead import")? {
            break status;
        }
        std::thread::sleep(GLANCE);
    };
    let said = || std::fs::read_to_string(own.folder().join("import.log")).unwrap_or_default();
    anyhow::ensure!(status.success(), "keystead import failed:\n{}", said());
    Ok(looks)
}
