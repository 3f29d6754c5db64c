//! Reads what was told, from one look to the next.

use std::collections::BTreeSet;

use keystead::domain::clock::Deadline;
use keystead::sql;
use keystead::store::conn::Conn;
use keystead::store::query::{Access, Query};
use serde_json::Value;
use uuid::Uuid;

use crate::app::{Answer, TestApp};

#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Told {
    pub id: Uuid,
    pub node: Uuid,
    pub action: String,
    pub outcome: String,
    pub actor_kind: String,
    pub actor_id: Option<Uuid>,
    pub subject_id: Option<Uuid>,
    pub session_id: Option<Uuid>,
    pub request_id: Option<String>,
    pub detail: String,
    pub ip: Option<String>,
    pub identifier: Option<String>,
}

impl Told {
    /// The action, and after a `!` the true cause of what was refused.
    fn in_short(&self) -> String {
        let cause = self.detail("cause");
        assert_eq!(self.outcome == "refused", cause.is_some(), "{self:?}");
        cause.map_or_else(|| self.action.clone(), |cause| format!("{}!{cause}", self.action))
    }

    pub fn detail(&self, key: &str) -> Option<String> {
        let detail: Value = serde_json::from_str(&self.detail).unwrap();
        detail[key].as_str().map(str::to_owned)
    }
}

struct AllEvents;

impl Query for AllEvents {
    const ACCESS: Access = Access::Read;
    type Output = Vec<Told>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Vec<Told>> {
        conn.query(sql!(
            "SELECT e.id, e.node, e.action, e.outcome, e.actor_kind, e.actor_id, e.subject_id, e.session_id, \
             e.request_id, e.detail, p.ip, p.identifier FROM audit_events e \
             LEFT JOIN audit_personal p ON p.event_id = e.id ORDER BY e.at, e.id"
        ))
        .all()
        .await
    }
}

pub struct Trail<'a> {
    app: &'a TestApp,
    seen: BTreeSet<Uuid>,
}

impl<'a> Trail<'a> {
    /// From here on.
    pub async fn from_now(app: &'a TestApp) -> Self {
        let mut trail = Self { app, seen: BTreeSet::new() };
        trail.news().await;
        trail
    }

    /// What was told since the last look.
    pub async fn news(&mut self) -> Vec<Told> {
        let deadline = Deadline::within(std::time::Duration::from_secs(10));
        let all = self.app.node.context.house.database.run(AllEvents, deadline).await.unwrap();
        all.into_iter().filter(|event| self.seen.insert(event.id)).collect()
    }

    /// What a request has told, which is this and nothing else: under its id, by this node, with where it came from.
    #[track_caller]
    pub fn tells(&mut self, answer: &Answer, expected: &[&str]) -> impl Future<Output = Vec<Told>> {
        let (caller, path) = (std::panic::Location::caller(), answer.path.clone());
        let (request_id, status) = (answer.header("x-request-id").to_owned(), answer.status);
        let expected: Vec<String> = expected.iter().map(|action| (*action).to_owned()).collect();
        async move {
            let news = self.news().await;
            assert_eq!(in_short(&news), sorted(expected), "{path} {status}, {caller}");
            for told in &news {
                assert_eq!(told.request_id.as_ref(), Some(&request_id), "{told:?}");
                assert_eq!(told.node, self.app.node.context.house.node, "{told:?}");
                let is_personal = told.action != "user.deleted" && told.actor_kind != "system";
                assert_eq!(told.ip.as_deref(), is_personal.then_some("127.0.0.1"), "{told:?}");
            }
            news
        }
    }

    /// What was done otherwise than by a request.
    pub async fn tells_of_itself(&mut self, expected: &[&str]) -> Vec<Told> {
        let news = self.news().await;
        assert_eq!(in_short(&news), sorted(expected.iter().map(|action| (*action).to_owned()).collect()));
        for told in &news {
            assert_eq!((told.request_id.as_ref(), told.ip.as_ref()), (None, None), "{told:?}");
        }
        news
    }

    /// Of whatever was told until now.
    pub async fn actions(&self) -> BTreeSet<String> {
        let deadline = Deadline::within(std::time::Duration::from_secs(10));
        let all = self.app.node.context.house.database.run(AllEvents, deadline).await.unwrap();
        all.into_iter().map(|told| told.action).collect()
    }
}

fn in_short(told: &[Told]) -> Vec<String> {
    sorted(told.iter().map(Told::in_short).collect())
}

fn sorted(mut words: Vec<String>) -> Vec<String> {
    words.sort_unstable();
    words
}
