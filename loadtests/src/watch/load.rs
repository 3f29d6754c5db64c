//! What a node says of itself: `GET /v1/admin/load`, read once a second by a thread of its own, so that a node which
//! takes its time holds up nothing here.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::sleep;

use crate::driver::line::{Line, Targets};
use crate::driver::request::{With as _, get};
use crate::http::run_here;
use crate::place::ServiceClient;
use crate::place::sign_in::token_of;

const PAUSE: Duration = Duration::from_secs(1);

/// Of what it says, that which plots show.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct NodeLoad {
    pub actors: Vec<ActorLoad>,
    pub predicted_wait_ms: f64,
    pub hashes_per_second: f64,
    pub connections_open: f64,
    /// Units in a transaction of SQLite's writer, since the start.
    pub units_a_transaction: Option<f64>,
    pub sweeper_lag_s: f64,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ActorLoad {
    pub name: String,
    pub places: f64,
    pub in_use: f64,
}

type Shared = Mutex<Option<NodeLoad>>;

pub struct LoadReader(Arc<Shared>);

impl LoadReader {
    /// The thread ends with this value.
    pub fn start(node: SocketAddr, client: ServiceClient) -> anyhow::Result<Self> {
        let shared = Arc::new(Shared::default());
        let weak = Arc::downgrade(&shared);
        let targets = Targets::one(node);
        let token = token_of(&targets, &client)?;
        let work = move || {
            // What went wrong shows as a gap in the plots.
            let _ended = run_here(read_on(&weak, targets, client, token));
        };
        thread::Builder::new().name("load-reader".to_owned()).spawn(work).context("a thread")?;
        Ok(Self(shared))
    }

    pub fn latest(&self) -> Option<NodeLoad> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn read_on(shared: &Weak<Shared>, targets: Targets, client: ServiceClient, mut token: String) {
    let mut line = Line::new(targets.clone(), 0);
    while let Some(shared) = shared.upgrade() {
        let answer = line.send(get("/v1/admin/load").bearer(&token)).await;
        let load = answer.as_ref().ok().filter(|answer| answer.status == 200).map(|answer| parse(&answer.json()));
        *shared.lock().unwrap_or_else(PoisonError::into_inner) = load;
        drop(shared);
        if answer.is_ok_and(|answer| answer.status == 401) {
            // Its token has had its time. A runtime within a runtime is none, so a thread asks for the next one.
            let (targets, client) = (targets.clone(), client.clone());
            if let Ok(Ok(next)) = thread::spawn(move || token_of(&targets, &client)).join() {
                token = next;
            }
        }
        sleep(PAUSE).await;
    }
}

fn parse(json: &Value) -> NodeLoad {
    let number = |value: &Value| value.as_f64().unwrap_or_default();
    let actors = json["actors"].as_array().map_or(&[][..], Vec::as_slice);
    let actor = |actor: &Value| ActorLoad {
        name: actor["name"].as_str().unwrap_or_default().to_owned(),
        places: number(&actor["places"]),
        in_use: number(&actor["places_in_use"]),
    };
    let writer = &json["database"]["writer"];
    let (units, transactions) = (number(&writer["units"]), number(&writer["transactions"]));
    NodeLoad {
        actors: actors.iter().map(actor).collect(),
        predicted_wait_ms: number(&json["hasher"]["predicted_wait_ms"]),
        hashes_per_second: number(&json["hasher"]["hashes_per_second"]),
        connections_open: number(&json["database"]["connections"]["open"]),
        units_a_transaction: crate::numbers::ratio(units, transactions),
        sweeper_lag_s: number(&json["sweeper_lag_s"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_node_says_is_read() {
        let json = serde_json::json!({
            "actors": [{ "name": "hasher", "places": 64, "places_in_use": 3 }],
            "hasher": { "predicted_wait_ms": 12.5, "hashes_per_second": 250.0 },
            "database": { "connections": { "open": 9 }, "writer": { "units": 30, "transactions": 10 } },
            "sweeper_lag_s": 4,
        });
        let load = parse(&json);
        assert_eq!((load.actors[0].name.as_str(), load.actors[0].in_use), ("hasher", 3.0));
        assert_eq!((load.predicted_wait_ms, load.units_a_transaction, load.sweeper_lag_s), (12.5, Some(3.0), 4.0));
        assert!(parse(&Value::Null).actors.is_empty());
    }
}
