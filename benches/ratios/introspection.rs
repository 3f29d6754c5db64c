//! Introspection of a valid token against actix-web with a handler that does nothing but answer as much.

use std::time::Duration;

use serde_json::{Value, json};

use crate::child::Server;
use crate::load::{Fixed, Load, closed_loop};
use crate::node::{Accounts, ask_and_measure};
use crate::ratio::{spread, tell};

const CONNECTIONS: usize = 64;
/// Each client has two connections.
const ACCOUNTS: usize = CONNECTIONS / 2;
const ROUNDS: usize = 7;
const SLICE: Duration = Duration::from_secs(2);
/// The tokens are verified, and the branches of both learned.
const WARM_UP: Duration = Duration::from_millis(500);
const GOAL: f64 = 0.6;

pub fn run() {
    println!(
        "introspection: {CONNECTIONS} keep-alive connections, {ROUNDS} interleaved rounds of {SLICE:?} each, medians"
    );
    let accounts = Accounts::register(ACCOUNTS);
    let tokens = accounts.signed_in("access_token");
    let requests = |path| {
        let of_all = tokens.iter().map(|token| accounts.introspection(path, token));
        of_all.cycle().take(CONNECTIONS).map(Fixed).collect::<Vec<_>>()
    };
    let (mut asking, mut asking_bare) = (requests("/oauth2/introspect"), requests("/"));
    let bare = as_large(ask_and_measure(accounts.server(), asking[0].0.clone()), &asking_bare[0].0);

    closed_loop(accounts.server(), &mut asking, WARM_UP);
    closed_loop(&bare, &mut asking_bare, WARM_UP);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        theirs.push(closed_loop(&bare, &mut asking_bare, SLICE));
        ours.push(closed_loop(accounts.server(), &mut asking, SLICE));
    }
    println!("  bare actix-web: {}", described(&theirs));
    println!("  introspection:  {}", described(&ours));
    let pairs: Vec<_> = ours.into_iter().zip(theirs).collect();
    let ratios = |of: fn(Load) -> f64| pairs.iter().map(|&(ours, theirs)| of(ours) / of(theirs)).collect::<Vec<_>>();
    println!("  each ÷ what the generator left of the cores: {}", spread(&ratios(Load::discounted), 2));
    tell("introspection ÷ bare, the same generator on the same cores", &ratios(|load| load.rate), GOAL);
}

/// A bare server whose whole answer has as many bytes as `answer`: the headers that a node owes its clients are padding
/// here, so that the network and the generator have the same to do.
fn as_large((body, bytes): (Value, usize), request: &[u8]) -> Server {
    let bare = |padding: usize| Server::start("bare", &json!({ "body": body, "padding": padding }).to_string());
    let (_, without) = ask_and_measure(&bare(1), request.to_vec());
    bare(bytes.saturating_sub(without) + 1)
}

fn described(loads: &[Load]) -> String {
    let of = |part: fn(&Load) -> f64| loads.iter().map(part).collect::<Vec<_>>();
    let (rates, micros) = (spread(&of(|load| load.rate), 0), spread(&of(|load| load.server_micros), 1));
    let taken = spread(&of(|load| 100.0 * (1.0 - load.left_over)), 0);
    format!("{rates} answers/s of {micros} µs of the server each; the generator took {taken} %")
}
