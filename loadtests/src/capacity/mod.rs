//! What so many users take: cores, memory, database writes and nodes, from what was measured on this machine.
//!
//! Every line shows its arithmetic, so that whoever knows better can put in another number. It ends where the model
//! ends: one SQL primary takes all writes.

mod arithmetic;
mod measured;

use std::path::PathBuf;

use clap::Args;

use self::arithmetic::Demand;
use self::measured::Measured;

#[derive(Clone, Debug, Args)]
pub struct Wanted {
    /// A report with the scenarios login-storm, refresh-race and introspect
    pub report: PathBuf,
    /// Accounts
    #[arg(long, default_value_t = 100_000)]
    pub users: u64,
    /// Sign-ins a day
    #[arg(long, default_value_t = 50_000)]
    pub logins_a_day: u64,
    /// Renewals for each sign-in: a working day in quarters of an hour
    #[arg(long, default_value_t = 30)]
    pub refreshes_a_login: u64,
    /// Introspections for each renewal; 0 where servers verify tokens by themselves
    #[arg(long, default_value_t = 20)]
    pub introspections_a_refresh: u64,
    /// The busiest second ÷ the mean one
    #[arg(long, default_value_t = 5.0)]
    pub peak: f64,
    /// Of a node's cores, how many percent may be busy in the busiest second
    #[arg(long, default_value_t = 60)]
    pub busy_percent: u32,
    /// Cores of one node
    #[arg(long, default_value_t = 4)]
    pub cores_a_node: u32,
}

pub fn plan(wanted: &Wanted) -> anyhow::Result<String> {
    let measured = Measured::of(&crate::report::read(&wanted.report)?)?;
    Ok(Demand::new(wanted, &measured).told())
}
