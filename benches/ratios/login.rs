//! `/v1/login` against the bare loop of the hasher on as many threads.
//!
//! The rest of a login (two transactions, two signatures, HTTP) may cost what is left of the goal.

use std::time::Duration;

use crate::hashing;
use crate::load::{Fixed, closed_loop};
use crate::node::Accounts;
use crate::ratio::{cores, spread, tell};

const CLIENTS: usize = 32;
const ROUNDS: usize = 7;
/// Of logins in one round: some eight hundred.
const SLICE: Duration = Duration::from_secs(4);
/// Of the bare loop, before the first round and after each.
const BARE_SLICE: Duration = Duration::from_millis(1_500);
const GOAL: f64 = 0.80;

pub fn run() {
    println!(
        "login: {CLIENTS} clients in a closed loop, m=19456 t=2 p=1, SQLite, {ROUNDS} rounds of {SLICE:?}, medians"
    );
    let accounts = Accounts::register(CLIENTS);
    let mut clients: Vec<_> = accounts.logins().iter().cloned().map(Fixed).collect();
    let mut bare = vec![hashing::bare_rate(cores(), BARE_SLICE)];
    let mut loads = Vec::new();
    for _ in 0..ROUNDS {
        loads.push(closed_loop(accounts.server(), &mut clients, SLICE));
        bare.push(hashing::bare_rate(cores(), BARE_SLICE));
    }
    // The bare loop just before and just after a round stands for what it would have been during it.
    let during: Vec<f64> = bare.windows(2).map(|pair| f64::midpoint(pair[0], pair[1])).collect();
    let ratios: Vec<f64> = loads.iter().zip(&during).map(|(load, bare)| load.discounted() / bare).collect();
    println!("  the bare loop: {} hashes/s", spread(&bare, 0));
    println!("  logins/s: {}", spread(&loads.iter().map(|load| load.rate).collect::<Vec<_>>(), 0));
    let taken: Vec<f64> = loads.iter().map(|load| 100.0 * (1.0 - load.left_over)).collect();
    println!("  of the cores' time the generator took {} %", spread(&taken, 1));
    tell("logins ÷ (the bare loop × what the generator left)", &ratios, GOAL);
}
