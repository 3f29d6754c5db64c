//! With 50,000 events and fresh statistics: what reads the audit trail is led by an index, whatever is asked for.

use std::fmt::Write as _;

use keystead::domain::audit_event::{Action, Outcome};
use keystead::domain::audit_record::AuditFilter;
use keystead::domain::clock::Timestamp;
use keystead::domain::page::{PageCursor, PageRequest};
use keystead::sql;
use keystead::store::audit_checks::{EventsOfNoSeal, EventsOfSeal, PersonalAfter};
use keystead::store::audit_lists::{ListAudit, ReadAudit};
use keystead::store::audit_retention::{FindDropped, LastSealBefore, LatestDrops};
use keystead::store::audit_seals::ListSeals;
use keystead::store::conn::Conn;
use keystead::store::explained::Explained;
use keystead::store::query::{Access, Query};
use uuid::Uuid;

use crate::ground::{Ground, START};
use crate::tables::execute;

on_each_database! {
    the_trail_is_read_by_its_indexes,
}

const MANY: u32 = 50_000;
const AT_ONCE: u32 = 1_000;
const A_SEAL: u32 = 100;
const PAGE_ROWS: f64 = 1_000.0;

fn id(number: u32) -> Uuid {
    let at = START.as_micros() / 1_000 + i64::from(number);
    Uuid::from_u128((u128::try_from(at).unwrap() << 80) | (7 << 76) | (2 << 62) | u128::from(number))
}

fn is_postgres(ground: &Ground) -> bool {
    ground.database.url.starts_with("postgres")
}

fn literal(ground: &Ground, id: Uuid) -> String {
    if is_postgres(ground) { format!("'{id}'") } else { format!("X'{}'", id.simple()) }
}

fn bytes(ground: &Ground) -> &'static str {
    if is_postgres(ground) { "'\\x00'" } else { "X'00'" }
}

async fn insert(ground: &Ground, into: &str, rows: u32, row: impl Fn(u32) -> String) {
    for first in (0..rows).step_by(AT_ONCE as usize) {
        let mut text = format!("INSERT INTO {into} VALUES ");
        for number in first..rows.min(first + AT_ONCE) {
            write!(text, "{}({})", if number == first { "" } else { "," }, row(number)).unwrap();
        }
        execute(&ground.database, &text).await;
    }
}

/// Events of 500 people by 50 others; one in a thousand of a rare kind, and one in a hundred refused.
async fn fill(ground: &Ground) {
    let zero = bytes(ground);
    let at = |number: u32| START.as_micros() + i64::from(number) * 1_000;
    insert(
        ground,
        "audit_events (id, at, node, actor_kind, actor_id, action, subject_id, outcome, detail, personal_digest, \
         seal, place, link)",
        MANY,
        |number| {
            let [key, actor, subject] = [id(number), id(number % 50), id(number % 500)].map(|id| literal(ground, id));
            let action = if number % 1_000 == 7 { "audit.dropped" } else { "session.begun" };
            let outcome = if number % 100 == 3 { "refused" } else { "success" };
            let (at, seal, place) = (at(number), number / A_SEAL + 1, number % A_SEAL + 1);
            format!(
                "{key},{at},{key},'person',{actor},'{action}',{subject},'{outcome}','{{}}',{zero},{seal},{place},{zero}"
            )
        },
    )
    .await;
    insert(ground, "audit_personal (event_id, person_id, salt, ip)", MANY, |number| {
        let (key, person) = (literal(ground, id(number)), literal(ground, id(number % 50)));
        format!("{key},{person},{zero},'192.0.2.{}'", number % 200)
    })
    .await;
    insert(ground, "audit_seals (seq, count, root, previous_root, sealed_at, signature)", MANY / A_SEAL, |number| {
        format!("{},{A_SEAL},{zero},{zero},{},{zero}", number + 1, at(number * A_SEAL))
    })
    .await;
    let mysql = "ANALYZE TABLE audit_events, audit_personal, audit_seals";
    execute(&ground.database, if ground.database.url.starts_with("mysql") { mysql } else { "ANALYZE" }).await;
}

fn filters() -> Vec<AuditFilter> {
    let none = AuditFilter::default;
    let ip = || Some("192.0.2.7".to_owned());
    let moment = |number: i64| Some(Timestamp::from_micros(START.as_micros() + number * 1_000));
    vec![
        none(),
        AuditFilter { user: Some(id(7)), ..none() },
        AuditFilter { actor: Some(id(7)), ..none() },
        AuditFilter { action: Some(Action::AuditDropped), ..none() },
        AuditFilter { action: Some(Action::SessionBegun), ..none() },
        AuditFilter { action: Some(Action::UserLocked), ..none() },
        AuditFilter { ip: ip(), ..none() },
        AuditFilter { outcome: Some(Outcome::Refused), ..none() },
        AuditFilter { outcome: Some(Outcome::Success), ..none() },
        AuditFilter { after: moment(49_900), ..none() },
        AuditFilter { before: moment(100), ..none() },
        AuditFilter { user: Some(id(7)), ip: ip(), ..none() },
        AuditFilter { actor: Some(id(7)), action: Some(Action::SessionBegun), before: moment(30_000), ..none() },
        AuditFilter { action: Some(Action::SessionBegun), outcome: Some(Outcome::Refused), ..none() },
    ]
}

async fn hold<Q: Query>(ground: &Ground, what: &str, query: Q) -> Vec<String> {
    let plans = ground.run(Explained(query)).await;
    assert!(!plans.is_empty(), "{what}: nothing was explained");
    let read_through = plans.iter().filter(|plan| reads_through(ground, plan));
    read_through.map(|plan| format!("{what}\n{plan}")).collect()
}

fn reads_through(ground: &Ground, plan: &str) -> bool {
    if ground.is_sqlite() {
        plan.lines().any(|line| line.starts_with("SCAN "))
    } else if is_postgres(ground) {
        let lines: Vec<&str> = plan.lines().map(|line| line.trim().trim_start_matches("-> ").trim_start()).collect();
        lines.iter().enumerate().any(|(place, node)| {
            let is_index = node.starts_with("Index") && node.contains("Scan") || node.starts_with("Bitmap Index");
            let is_led = lines.get(place + 1).is_some_and(|next| next.starts_with("Index Cond"));
            node.starts_with("Seq Scan on") && !node.contains("audit_seals") || is_index && !is_led
        })
    } else {
        reads_through_in_document(plan)
    }
}

/// Line by line: the document quotes ids as the bytes they are, and so is no JSON.
fn reads_through_in_document(plan: &str) -> bool {
    let value = |line: &str, name: &str| {
        let (found, value) = line.trim().trim_end_matches(',').split_once(": ")?;
        (found.trim_matches('"') == name).then(|| value.trim_matches('"').to_owned())
    };
    let mut is_index = false;
    plan.lines().any(|line| {
        if let Some(access) = value(line, "access_type") {
            is_index = access == "index";
            return access == "ALL";
        }
        let rows: Option<f64> = value(line, "rows").and_then(|rows| rows.parse().ok());
        is_index && rows.is_some_and(|rows| rows > PAGE_ROWS)
    })
}

/// For whom there is no index.
struct ByRequest;

#[derive(sqlx::FromRow)]
struct Key {
    #[expect(dead_code, reason = "how it is found is the question")]
    id: Uuid,
}

impl Query for ByRequest {
    const ACCESS: Access = Access::Read;
    type Output = ();

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<()> {
        let find = sql!("SELECT id FROM audit_events WHERE request_id = ?");
        conn.query(find).bind("none").all::<Key>().await.map(drop)
    }
}

async fn the_trail_is_read_by_its_indexes(ground: &Ground) {
    fill(ground).await;
    assert_eq!(hold(ground, "a control", ByRequest).await.len(), 1, "what no index leads to is noticed");
    let mut through = Vec::new();
    let middle = PageCursor { at: Timestamp::from_micros(START.as_micros() + 25_000_000), id: id(25_000) };
    for filter in filters() {
        for after in [None, Some(middle)] {
            let page = PageRequest::new(None, after).unwrap();
            let list = ListAudit { filter: filter.clone(), page };
            through.extend(hold(ground, &format!("{filter:?} {after:?}"), list).await);
        }
    }
    let read = ReadAudit { behind: middle, before: Timestamp::from_micros(i64::MAX), limit: 500 };
    through.extend(hold(ground, "reading on", read).await);
    through.extend(hold(ground, "a seal", EventsOfSeal { seal: 77 }).await);
    through.extend(hold(ground, "no seal", EventsOfNoSeal { newest: 500 }).await);
    through.extend(hold(ground, "personal data", PersonalAfter(id(25_000))).await);
    through.extend(hold(ground, "drops", LatestDrops).await);
    through.extend(hold(ground, "let go", FindDropped { through: 3, limit: 100 }).await);
    through.extend(hold(ground, "seals", ListSeals { after: Some(77), limit: 256 }).await);
    let last = LastSealBefore { after: 77, moment: middle.at, limit: 100 };
    through.extend(hold(ground, "old seals", last).await);
    assert!(through.is_empty(), "{} plans read through something:\n{}", through.len(), through.join("\n\n"));
}
