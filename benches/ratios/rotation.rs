//! Group commit: rotations of 64 callers in shared transactions, against one transaction for each.

#![expect(clippy::expect_used, reason = "a benchmark without its database has nothing to say")]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use keystead::domain::account::NewAccount;
use keystead::domain::clock::{Clock, Deadline};
use keystead::domain::role::USER;
use keystead::domain::session::{AMR_PASSWORD, NewSession};
use keystead::domain::username::Username;
use keystead::store::db::sqlite_file;
use keystead::store::query::Query;
use keystead::store::refresh_tokens::Rotate;
use keystead::store::roles::EnsureRole;
use keystead::store::sessions::{OpenSession, Opened};
use keystead::store::users::{CreateUser, Created};
use keystead::store::writer::Writer;
use uuid::Uuid;

use crate::node::{folder, new_database};
use crate::ratio::{cores, spread, tell};
use crate::tokens;

const CALLERS: usize = 64;
/// As many units as a transaction may have in production.
const GROUP: usize = 64;
const ROUNDS: usize = 7;
const SLICE: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(10);
const MONTH: Duration = Duration::from_hours(30 * 24);
const GOAL: f64 = 3.0;

pub fn run() {
    println!("rotation: {CALLERS} callers, SQLite with FULL, {ROUNDS} interleaved rounds of {SLICE:?} each, medians");
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(cores()).enable_all().build().expect("a runtime");
    let (mut grouped, mut alone) = (Vec::new(), Vec::new());
    runtime.block_on(async {
        let folder = folder();
        let mut in_groups = Families::open(&folder.path().join("grouped.db"), GROUP).await;
        let mut one_by_one = Families::open(&folder.path().join("alone.db"), 1).await;
        for _ in 0..ROUNDS {
            alone.push(one_by_one.rate().await);
            grouped.push(in_groups.rate().await);
        }
    });
    println!("  a transaction each: {} rotations/s", spread(&alone, 0));
    println!("  up to {GROUP} in one: {} rotations/s", spread(&grouped, 0));
    let ratios: Vec<f64> = grouped.iter().zip(&alone).map(|(grouped, alone)| grouped / alone).collect();
    tell("grouped ÷ a transaction each", &ratios, GOAL);
    tokens::run();
}

/// A writer, and a family of refresh tokens for each caller.
struct Families {
    writer: Writer,
    clock: Clock,
    heads: Vec<(Uuid, u32)>,
}

impl Families {
    async fn open(path: &Path, batch: usize) -> Self {
        new_database(path).await;
        let clock = Clock::system();
        let writer = Writer::with_batches_of(batch, sqlite_file(path), clock.clone()).await.expect("a writer");
        write(&writer, EnsureRole(USER)).await;
        let mut heads = Vec::new();
        for number in 0..CALLERS {
            heads.push((new_family(&writer, &clock, number).await, 0));
        }
        Self { writer, clock, heads }
    }

    /// Each caller rotates its own family, again and again. Rotations a second.
    async fn rate(&mut self) -> f64 {
        let began = Instant::now();
        let callers = self.heads.drain(..).map(|(family, head)| {
            tokio::spawn(rotate_on(self.writer.clone(), self.clock.now().plus(MONTH), family, head, began + SLICE))
        });
        let mut rotations = 0;
        for caller in callers.collect::<Vec<_>>() {
            let (family, head, done) = caller.await.expect("a caller");
            self.heads.push((family, head));
            rotations += done;
        }
        f64::from(rotations) / began.elapsed().as_secs_f64()
    }
}

async fn rotate_on(
    writer: Writer,
    idle_expires_at: keystead::domain::clock::Timestamp,
    family_id: Uuid,
    from: u32,
    end: Instant,
) -> (Uuid, u32, u32) {
    let mut head = from;
    while Instant::now() < end {
        let rotated = write(&writer, Rotate { family_id, from: head, attempt: Uuid::now_v7(), idle_expires_at }).await;
        assert!(rotated, "nobody else rotates this family");
        head += 1;
    }
    (family_id, head, head - from)
}

async fn new_family(writer: &Writer, clock: &Clock, number: usize) -> Uuid {
    let (user_id, family_id, now) = (Uuid::now_v7(), Uuid::now_v7(), clock.now());
    let account = NewAccount {
        id: user_id,
        email: None,
        username: Some(Username::parse(&format!("person-{number}")).expect("a name")),
        hashed_password: None,
        display_name: None,
        metadata: None,
        email_verified_at: None,
        created_at: clock.now(),
    };
    assert_eq!(write(writer, CreateUser { account, role: USER.name }).await, Created::Yes);
    let session = NewSession {
        id: Uuid::now_v7(),
        family_id,
        user_id,
        auth_epoch: 0,
        mac_key_id: Uuid::now_v7(),
        auth_time: now,
        expires_at: now.plus(MONTH),
        idle_expires_at: now.plus(MONTH),
        amr: AMR_PASSWORD.to_owned(),
        ip: None,
        user_agent: None,
        limit: None,
    };
    assert_eq!(write(writer, OpenSession(session)).await, Opened::Yes(Vec::new()));
    family_id
}

async fn write<Q: Query>(writer: &Writer, query: Q) -> Q::Output {
    writer.write(Arc::new(query), Deadline::within(PATIENCE)).await.expect("a write")
}
