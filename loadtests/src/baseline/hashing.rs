//! The bare loop: nothing but hashes, on as many threads as a node has.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::anyhow;
use keystead::actors::hasher::engine::{Backend, Engine};

use crate::place::people::COST;

const SALT: &[u8] = b"0123456789abcdef";
const PASSWORD: &[u8] = b"correct horse";

/// The backend that a node takes where nothing is said.
fn backend() -> Backend {
    Backend::fast().unwrap_or(Backend::Argon2)
}

/// Hashes a second, of all threads together. Each counts its own time, from after a first hash (which brings the memory
/// in) to the end of its last.
pub fn rate(threads: usize, slice: Duration) -> anyhow::Result<f64> {
    thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(move || one(slice))).collect();
        let rates =
            running.into_iter().map(|thread| thread.join().map_err(|_| anyhow!("a thread that hashes panicked"))?);
        rates.sum()
    })
}

fn one(slice: Duration) -> anyhow::Result<f64> {
    let mut tag = [0; 32];
    let mut engine = Engine::new(backend());
    engine.tag(COST, PASSWORD, SALT, &mut tag)?;
    let (mut hashes, began) = (0_u32, Instant::now());
    while began.elapsed() < slice {
        engine.tag(COST, PASSWORD, SALT, &mut tag)?;
        hashes += 1;
    }
    Ok(f64::from(hashes) / began.elapsed().as_secs_f64())
}
