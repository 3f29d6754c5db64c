//! Questions outside of the measuring: one connection, one answer, and the caller waits for it.

use std::future::Future;
use std::net::SocketAddr;

use anyhow::{Context as _, anyhow};
use tokio::runtime::Builder;
use tokio::task::LocalSet;

use crate::driver::line::{Answer, Line, Targets};
use crate::driver::request::Request;

/// Runs this to its end on a runtime of its own; lines need one on whose thread they can leave their connection.
pub fn run_here<T>(work: impl Future<Output = T>) -> anyhow::Result<T> {
    let runtime = Builder::new_current_thread().enable_all().build().context("a runtime")?;
    Ok(LocalSet::new().block_on(&runtime, work))
}

pub fn ask_once(address: SocketAddr, request: Request) -> anyhow::Result<Answer> {
    let answer = run_here(async { Line::new(Targets::one(address), 0).send(request).await })?;
    answer.map_err(|why| anyhow!("no answer from {address}: {why:?}"))
}
