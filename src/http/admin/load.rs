//! `GET /v1/admin/load`

use std::time::Duration;

use actix_web::{HttpResponse, web};
use serde::Serialize;
use serde_json::{Value, json};

use crate::actors::door::DoorLoad;
use crate::flows::Context;
use crate::flows::admin::load::{HasherLoad, load};
use crate::http::allowed::{Allowed, LoadRead};
use crate::http::problem::Problem;

/// Since the start, but for what is in use now.
#[derive(Serialize)]
struct DoorJson {
    name: &'static str,
    places: u32,
    places_in_use: usize,
    asked: u64,
    handled: u64,
    refused: RefusedJson,
    panicked: u64,
    p50_ms: Option<f64>,
    p99_ms: Option<f64>,
}

#[derive(Serialize)]
struct RefusedJson {
    busy: u64,
    late: u64,
    closed: u64,
}

impl DoorJson {
    fn new(name: &'static str, load: DoorLoad) -> Self {
        let DoorLoad { places, places_in_use, asked, busy, late, closed, panicked, p50, p99 } = load;
        // The counters are read one after the other, and what is inside is counted as asked only.
        let ended_otherwise = busy + late + closed + panicked + places_in_use as u64;
        Self {
            name,
            places,
            places_in_use,
            asked,
            handled: asked.saturating_sub(ended_otherwise),
            refused: RefusedJson { busy, late, closed },
            panicked,
            p50_ms: p50.map(millis),
            p99_ms: p99.map(millis),
        }
    }
}

fn millis(span: Duration) -> f64 {
    span.as_secs_f64() * 1_000.0
}

pub async fn get(leave: Allowed<LoadRead>, context: web::Data<Context>) -> Result<HttpResponse, Problem> {
    let load = load(&context, &leave.visit).await?;
    let HasherLoad { threads, computed, per_second, predicted_wait } = load.hasher;
    let actors: Vec<_> = load.doors.into_iter().map(|(name, door)| DoorJson::new(name, door)).collect();
    let writer = load.store.writer.map_or(Value::Null, |writer| {
        json!({
            "waiting": writer.waiting,
            "units": writer.units,
            "transactions": writer.transactions,
            "batches_rerun": writer.batches_rerun,
        })
    });
    Ok(HttpResponse::Ok().json(json!({
        "node": load.node,
        "actors": actors,
        "hasher": {
            "threads": threads,
            "computed": computed,
            "hashes_per_second": per_second.round(),
            "predicted_wait_ms": millis(predicted_wait),
        },
        "database": {
            "connections": { "open": load.store.open, "idle": load.store.idle, "most": load.store.most },
            "writer": writer,
        },
        "sweeper_lag_s": load.sweeper_lag.as_secs(),
        "outbox_lag_s": load.outbox_lag.as_secs(),
    })))
}
