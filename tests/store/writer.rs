//! SQLite's writer: units share a transaction and nothing else, and an answer means committed.
//!
//! Through the writer alone, without the store that repeats what failed: here one sees who failed, and how.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::future::join_all;
use keystead::domain::clock::{Clock, Deadline};
use keystead::sql;
use keystead::store::conn::Conn;
use keystead::store::db::sqlite_file;
use keystead::store::error::StoreError;
use keystead::store::query::Query;
use keystead::store::writer::{Stats, Writer};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use sqlx::{ConnectOptions, Connection};
use tokio::task::JoinHandle;

const SCHEMA: &str = "CREATE TABLE notes (id INTEGER PRIMARY KEY, body BLOB NOT NULL CHECK (length(body) > 0)) STRICT";
/// Pages that a database may grow by: as many as it likes.
const PLENTY: i64 = 1_000_000;
const TEST_PATIENCE: Duration = Duration::from_secs(30);

/// Keeps the writer busy for a while, so that all that is asked meanwhile is one batch.
struct Hold;

impl Query for Hold {
    const SINGLE: bool = true;
    type Output = u64;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<u64> {
        let sql = sql!(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) SELECT max(i) FROM n"
        );
        conn.query(sql).execute().await
    }
}

#[derive(Clone, Copy)]
enum Then {
    Return,
    Panic,
    /// Swallows the error of its insert, if any, and inserts a second note under this id.
    InsertAlso(i64),
}

/// Inserts a note of `bytes` zeroes. With `ONE` it declares itself a single statement.
struct Note<const ONE: bool> {
    id: i64,
    bytes: i64,
    then: Then,
}

impl<const ONE: bool> Note<ONE> {
    async fn insert(&self, conn: &mut Conn<'_>, id: i64, bytes: i64) -> sqlx::Result<u64> {
        conn.query(sql!("INSERT INTO notes (id, body) VALUES (?, zeroblob(?))")).bind(id).bind(bytes).execute().await
    }
}

impl<const ONE: bool> Query for Note<ONE> {
    const SINGLE: bool = ONE;
    type Output = i64;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<i64> {
        let inserted = self.insert(conn, self.id, self.bytes).await;
        match self.then {
            Then::Return => inserted?,
            Then::Panic => panic!("a unit of work panics on purpose"),
            Then::InsertAlso(id) => self.insert(conn, id, 1).await?,
        };
        Ok(self.id)
    }
}

/// Panics in `run` itself, before there is a future to be polled.
struct PanicsBeforeItsFuture;

impl Query for PanicsBeforeItsFuture {
    type Output = ();

    fn run(&self, _: &mut Conn<'_>) -> impl Future<Output = sqlx::Result<()>> + Send {
        assert!(std::hint::black_box(false), "a unit of work panics on purpose");
        async { Ok(()) }
    }
}

struct House {
    writer: Writer,
    readers: SqlitePool,
    path: PathBuf,
    _folder: tempfile::TempDir,
}

impl House {
    /// A new database; the writer finds its disk full when the file has grown by `spare_pages`.
    async fn open(spare_pages: i64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.db");
        let file = sqlite_file(&path);
        let mut first = file.connect().await.unwrap();
        sqlx::raw_sql(SCHEMA).execute(&mut first).await.unwrap();
        let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&mut first).await.unwrap();
        first.close().await.unwrap();
        let limited = file.clone().pragma("max_page_count", (pages + spare_pages).to_string());
        let writer = Writer::open(limited, Clock::system()).await.unwrap();
        Self { writer, readers: SqlitePool::connect_with(file).await.unwrap(), path, _folder: folder }
    }

    async fn write<Q: Query>(&self, query: Q) -> Result<Q::Output, StoreError> {
        self.writer.write(Arc::new(query), Deadline::within(TEST_PATIENCE)).await
    }

    async fn has_note(&self, id: i64) -> bool {
        let found = sqlx::query("SELECT 1 FROM notes WHERE id = ?").bind(id).fetch_optional(&self.readers).await;
        found.unwrap().is_some()
    }

    /// Returns once the writer is at it and takes no more into this batch.
    async fn hold(&self) -> JoinHandle<Result<u64, StoreError>> {
        let writer = self.writer.clone();
        let held = tokio::spawn(async move { writer.write(Arc::new(Hold), Deadline::within(TEST_PATIENCE)).await });
        tokio::time::sleep(Duration::from_millis(10)).await;
        assert!(!held.is_finished() && self.writer.waiting() == 0);
        held
    }

    /// Runs notes 0, 1, 2 … as one batch, checks each answer against the database, and returns who failed and why.
    async fn failures<const ONE: bool>(&self, notes: &[(i64, Then)]) -> Vec<(i64, StoreError)> {
        let held = self.hold().await;
        let notes = (0..).zip(notes).map(|(id, &(bytes, then))| Note::<ONE> { id, bytes, then });
        let answers = join_all(notes.map(|note| self.write(note))).await;
        held.await.unwrap().unwrap();
        for (id, answer) in (0..).zip(&answers) {
            assert_eq!(self.has_note(id).await, answer.is_ok(), "note {id} was answered {answer:?}");
        }
        (0..).zip(answers).filter_map(|(id, answer)| Some((id, answer.err()?))).collect()
    }

    /// Transactions committed, units committed, batches run again, connections opened.
    fn counts(&self) -> [u64; 4] {
        let Stats { transactions, units, batches_rerun, connections_opened } = self.writer.stats();
        [transactions, units, batches_rerun, connections_opened].map(|count| count.load(Ordering::Relaxed))
    }
}

fn ids(failures: &[(i64, StoreError)]) -> Vec<i64> {
    failures.iter().map(|(id, _)| *id).collect()
}

const SMALL: (i64, Then) = (4_000, Then::Return);
/// Breaks `CHECK (length(body) > 0)`.
const EMPTY: (i64, Then) = (0, Then::Return);
const PANIC: (i64, Then) = (1, Then::Panic);
/// More than the disk that is small takes.
const LARGE: i64 = 400_000;

#[tokio::test]
async fn a_unit_that_fails_is_undone_alone() {
    let house = House::open(PLENTY).await;
    // Note 3 breaks a key with its second statement, after its first has worked.
    let notes = [SMALL, EMPTY, SMALL, (1, Then::InsertAlso(3)), SMALL, PANIC, SMALL];
    let failures = house.failures::<false>(&notes).await;
    assert_eq!(ids(&failures), [1, 3, 5]);
    assert!(matches!(failures[0].1, StoreError::Refused(_)), "{failures:?}");
    assert!(matches!(failures[1].1, StoreError::Conflict(_)), "{failures:?}");
    assert!(matches!(failures[2].1, StoreError::Panicked), "{failures:?}");
    assert_eq!(house.counts(), [2, 8, 0, 1], "Hold, then all seven in one transaction that was never run again");
}

#[tokio::test]
async fn a_single_statement_that_fails_needs_no_savepoint() {
    let house = House::open(PLENTY).await;
    assert_eq!(ids(&house.failures::<true>(&[SMALL, EMPTY, SMALL]).await), [1]);
    assert_eq!(house.counts(), [2, 4, 0, 1], "SQLite undid the one statement");
}

#[tokio::test]
async fn a_single_statement_that_worked_before_a_panic_is_undone_with_its_batch() {
    let house = House::open(PLENTY).await;
    assert_eq!(ids(&house.failures::<true>(&[SMALL, PANIC, SMALL]).await), [1]);
    assert_eq!(house.counts(), [3, 3, 1, 1], "with no savepoint, the batch had to run again, each unit alone");
}

#[tokio::test]
async fn a_panic_before_the_future_is_caught_too() {
    let house = House::open(PLENTY).await;
    let held = house.hold().await;
    let note = Note::<false> { id: 1, bytes: 1, then: Then::Return };
    let (panicked, written) = tokio::join!(house.write(PanicsBeforeItsFuture), house.write(note));
    held.await.unwrap().unwrap();
    assert!(matches!(panicked, Err(StoreError::Panicked)), "{panicked:?}");
    assert!(written.is_ok() && house.has_note(1).await);
    assert_eq!(house.counts(), [2, 3, 0, 1]);
    assert!(matches!(house.write(PanicsBeforeItsFuture).await, Err(StoreError::Panicked)));
    assert!(house.write(Note::<false> { id: 2, bytes: 1, then: Then::Return }).await.is_ok());
}

#[tokio::test]
async fn a_full_disk_makes_no_false_promise() {
    let house = House::open(50).await;
    let mut notes = [SMALL; 20];
    notes[10] = (LARGE, Then::Return);
    let failures = house.failures::<false>(&notes).await;
    assert_eq!(ids(&failures), [10], "everything that fits is in");
    assert!(matches!(failures[0].1, StoreError::Unreachable(_)), "{failures:?}");
    assert_eq!(
        house.counts(),
        [20, 20, 1, 1],
        "Hold and 19 notes, each in its own transaction after one batch was lost"
    );
}

#[tokio::test]
async fn a_unit_that_swallows_the_fatal_error_leaves_nothing_behind() {
    let house = House::open(50).await;
    let failures = house.failures::<false>(&[SMALL, (LARGE, Then::InsertAlso(77)), SMALL]).await;
    assert_eq!(ids(&failures), [1]);
    assert!(matches!(failures[0].1, StoreError::RolledBack), "{failures:?}");
    assert!(!house.has_note(77).await, "the commit hook refused what came after the loss");
}

/// It looks for its row from another connection before the commit.
struct LooksTooSoon(SqlitePool);

impl Query for LooksTooSoon {
    type Output = bool;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<bool> {
        conn.query(sql!("INSERT INTO notes (id, body) VALUES (-1, x'00')")).execute().await?;
        Ok(sqlx::query("SELECT 1 FROM notes WHERE id = -1").fetch_optional(&self.0).await?.is_some())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_means_committed() {
    const NOTES: u64 = 500;
    let house = House::open(PLENTY).await;
    // The control: before the commit, another connection sees nothing.
    assert!(!house.write(LooksTooSoon(house.readers.clone())).await.unwrap());
    let ask_and_look = async |id| {
        house.write(Note::<false> { id, bytes: 10, then: Then::Return }).await.unwrap();
        house.has_note(id).await
    };
    let seen = join_all((0..i64::try_from(NOTES).unwrap()).map(ask_and_look)).await;
    assert!(seen.into_iter().all(|seen| seen));
    let [transactions, units, rerun, _] = house.counts();
    assert_eq!((units, rerun), (NOTES + 1, 0));
    assert!(transactions < NOTES / 4, "{transactions} transactions: they share them");
}

#[tokio::test]
async fn a_unit_whose_caller_went_away_runs_to_its_end() {
    let house = House::open(PLENTY).await;
    let held = house.hold().await;
    let note = Note::<false> { id: 1, bytes: 1, then: Then::Return };
    assert!(tokio::time::timeout(Duration::from_millis(1), house.write(note)).await.is_err());
    assert_eq!(house.writer.waiting(), 1);
    held.await.unwrap().unwrap();
    house.write(Hold).await.unwrap();
    assert!(house.has_note(1).await);
}

#[tokio::test]
async fn a_unit_whose_deadline_passed_while_it_waited_is_not_begun() {
    let house = House::open(PLENTY).await;
    let held = house.hold().await;
    let note = |id| Arc::new(Note::<false> { id, bytes: 1, then: Then::Return });
    let late = house.writer.write(note(1), Deadline::within(Duration::from_micros(1)));
    let due = house.writer.write(note(2), Deadline::within(TEST_PATIENCE));
    let (late, due) = tokio::join!(late, due);
    held.await.unwrap().unwrap();
    assert!(matches!(late, Err(StoreError::Late)), "{late:?}");
    assert!(due.is_ok() && house.has_note(2).await && !house.has_note(1).await);
    assert_eq!(house.counts(), [2, 2, 0, 1]);
}

#[tokio::test]
async fn a_batch_is_no_larger_than_it_may_be() {
    let house = House::open(PLENTY).await;
    let notes = [(1, Then::Return); 130];
    assert!(house.failures::<true>(&notes).await.is_empty());
    assert_eq!(house.counts(), [4, 131, 0, 1], "Hold, and 64, 64 and 2");
}

/// Overwrites the first bytes of the file, by which SQLite knows it for a database, and returns what stood there.
fn spoil(path: &Path, with: &[u8; 16]) -> [u8; 16] {
    use std::os::unix::fs::FileExt;
    let file = std::fs::OpenOptions::new().read(true).write(true).open(path).unwrap();
    let mut before = [0; 16];
    file.read_exact_at(&mut before, 0).unwrap();
    file.write_all_at(with, 0).unwrap();
    before
}

/// A disk that returns garbage for a while. The writer gives up its connection, tells who asks, opens another as soon as
/// that works, and goes on.
#[tokio::test]
async fn a_connection_that_cannot_even_begin_is_opened_anew() {
    let house = House::open(PLENTY).await;
    let note = |id| Note::<false> { id, bytes: 1, then: Then::Return };
    house.write(note(1)).await.unwrap();
    // Another connection's write makes the writer read the first page again, and the copied log makes it read the file.
    let options = SqliteConnectOptions::new().filename(&house.path);
    let mut other = options.connect().await.unwrap();
    sqlx::raw_sql("INSERT INTO notes VALUES (2, x'00'); PRAGMA wal_checkpoint(FULL)")
        .execute(&mut other)
        .await
        .unwrap();
    let header = spoil(&house.path, &[0xFF; 16]);
    let told = house.write(note(3)).await;
    assert!(matches!(told, Err(StoreError::Unreachable(_))), "{told:?}");
    spoil(&house.path, &header);
    house.write(note(4)).await.unwrap();
    assert!(house.has_note(4).await && !house.has_note(3).await);
    assert_eq!(house.counts()[3], 2, "the first connection and another");
}
