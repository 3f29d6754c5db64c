//! What an upgrade would run, and what a downgrade would lose. Changes nothing.

use super::migrations::{self, MigrationError};
use super::one_connection::OneConnection;
use super::schema::SchemaError;
use crate::config::database::DatabaseSettings;

/// Where the schema is to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To a migration, or to the newest.
    Up(Option<i64>),
    Down(i64),
}

/// A migration that would be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    pub version: i64,
    pub name: &'static str,
    /// Tables that an upgrade makes.
    pub makes: Vec<&'static str>,
    /// Tables that are there and would be changed, or get an index.
    pub changes: Vec<&'static str>,
    /// In the latter: it takes time where there are many. Others that write to them wait meanwhile.
    pub rows: u64,
    /// Of a downgrade: tables that hold rows which would go.
    pub loses: Vec<&'static str>,
}

/// In the order in which they would be run, and the newest migration that there is.
///
/// # Errors
/// [`SchemaError`].
pub async fn plan(settings: &DatabaseSettings, way: Way) -> Result<(i64, Vec<Planned>), SchemaError> {
    let mut conn = OneConnection::open(settings).await?;
    let planned = planned(&mut conn, way).await;
    conn.close().await;
    Ok(planned?)
}

async fn planned(conn: &mut OneConnection, way: Way) -> Result<(i64, Vec<Planned>), MigrationError> {
    let steps = conn.status().await?;
    let (Way::Up(Some(to)) | Way::Down(to)) = way else { return up(conn, migrations::head(), &steps).await };
    if to != 0 && steps.iter().all(|step| step.version != to) {
        return Err(MigrationError::Unknown { version: to, head: migrations::head() });
    }
    if matches!(way, Way::Down(_)) { down(conn, to, &steps).await } else { up(conn, to, &steps).await }
}

fn at(steps: &[migrations::Step]) -> i64 {
    steps.iter().filter(|step| step.applied).map(|step| step.version).max().unwrap_or(0)
}

async fn up(
    conn: &mut OneConnection,
    to: i64,
    steps: &[migrations::Step],
) -> Result<(i64, Vec<Planned>), MigrationError> {
    let mut planned = Vec::new();
    for step in steps.iter().filter(|step| !step.applied && step.version <= to) {
        let (makes, changes) = conn.touched(step.version);
        let mut rows = 0;
        for table in &changes {
            // One that the plan makes holds nothing by then.
            if conn.has(table).await? {
                rows += conn.count(table).await?;
            }
        }
        planned.push(Planned { version: step.version, name: step.name, makes, changes, rows, loses: Vec::new() });
    }
    Ok((at(steps), planned))
}

async fn down(
    conn: &mut OneConnection,
    to: i64,
    steps: &[migrations::Step],
) -> Result<(i64, Vec<Planned>), MigrationError> {
    let mut planned = Vec::new();
    for step in steps.iter().rev().filter(|step| step.applied && step.version > to) {
        let mut loses = conn.losses(step.version);
        let mut holding = Vec::new();
        for table in loses.drain(..) {
            if conn.count(table).await? > 0 {
                holding.push(table);
            }
        }
        let (makes, changes) = conn.touched(step.version);
        let changes = makes.into_iter().chain(changes).collect();
        planned.push(Planned {
            version: step.version,
            name: step.name,
            makes: Vec::new(),
            changes,
            rows: 0,
            loses: holding,
        });
    }
    Ok((at(steps), planned))
}
