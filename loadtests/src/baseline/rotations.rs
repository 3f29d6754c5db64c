//! Rotations over HTTP and nothing else: the real statement by the real writer, with so many units in a transaction as
//! it is told. With one it is what a server does that commits each request for itself. No token is checked or signed
//! here.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use actix_web::error::{ErrorBadRequest, ErrorInternalServerError};
use actix_web::web::{self, Data, Json};
use actix_web::{App, HttpServer};
use anyhow::{Context as _, anyhow};
use keystead::domain::account::NewAccount;
use keystead::domain::clock::{Clock, Deadline};
use keystead::domain::role::USER;
use keystead::domain::session::{AMR_PASSWORD, NewSession};
use keystead::domain::username::Username;
use keystead::store::db::sqlite_file;
use keystead::store::query::Query;
use keystead::store::refresh_tokens::Rotate;
use keystead::store::roles::EnsureRole;
use keystead::store::sessions::OpenSession;
use keystead::store::users::CreateUser;
use keystead::store::writer::Writer;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::numbers::cores;

const PATIENCE: Duration = Duration::from_secs(10);
const MONTH: Duration = Duration::from_hours(30 * 24);

#[derive(Clone)]
struct Rotating {
    writer: Writer,
    clock: Clock,
}

#[derive(Deserialize)]
struct Body {
    family: Uuid,
    from: u32,
}

/// `told`: `path` of an SQLite file with its schema, `batch`, and how many `families` there are to be.
pub fn serve(told: &Value) -> anyhow::Result<()> {
    let number = |field: &str| told[field].as_u64().and_then(|number| usize::try_from(number).ok());
    let (batch, families) = (number("batch").unwrap_or(1), number("families").unwrap_or(1));
    let path = told["path"].as_str().context("a path")?.to_owned();
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(cores()).enable_all().build().context("a runtime")?;
    actix_web::rt::System::with_tokio_rt(|| runtime).block_on(async move {
        let clock = Clock::system();
        let writer = Writer::with_batches_of(batch, sqlite_file(Path::new(&path)), clock.clone()).await;
        let rotating = Rotating { writer: writer.context("the writer")?, clock };
        let ids = rotating.prepare(families).await?;
        let app =
            move || App::new().app_data(Data::new(rotating.clone())).route("/v1/token/refresh", web::post().to(rotate));
        let server = HttpServer::new(app).workers(cores()).bind("127.0.0.1:0").context("a port")?;
        super::ready(*server.addrs().first().context("an address")?, &json!({ "families": ids }));
        server.run().await.context("the server of rotations")
    })
}

async fn rotate(rotating: Data<Rotating>, body: Json<Body>) -> actix_web::Result<Json<Value>> {
    let Body { family, from } = body.into_inner();
    let idle_expires_at = rotating.clock.now().plus(MONTH);
    let query = Rotate { family_id: family, from, attempt: Uuid::now_v7(), idle_expires_at };
    let rotated = rotating.writer.write(Arc::new(query), Deadline::within(PATIENCE)).await;
    if rotated.map_err(ErrorInternalServerError)? {
        Ok(Json(json!({ "generation": from + 1 })))
    } else {
        Err(ErrorBadRequest("it was rotated already"))
    }
}

impl Rotating {
    async fn prepare(&self, families: usize) -> anyhow::Result<Vec<Uuid>> {
        self.write(EnsureRole(USER)).await?;
        let mut ids = Vec::with_capacity(families);
        for number in 0..families {
            ids.push(self.family(number).await?);
        }
        Ok(ids)
    }

    async fn family(&self, number: usize) -> anyhow::Result<Uuid> {
        let (user_id, family_id, now) = (Uuid::now_v7(), Uuid::now_v7(), self.clock.now());
        let username = Username::parse(&format!("person-{number}")).map_err(|_| anyhow!("a name"))?;
        let account = NewAccount {
            id: user_id,
            email: None,
            username: Some(username),
            hashed_password: None,
            display_name: None,
            metadata: None,
            email_verified_at: None,
            created_at: now,
        };
        self.write(CreateUser { account, role: USER.name }).await?;
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
        self.write(OpenSession(session)).await?;
        Ok(family_id)
    }

    async fn write<Q: Query>(&self, query: Q) -> anyhow::Result<Q::Output> {
        Ok(self.writer.write(Arc::new(query), Deadline::within(PATIENCE)).await?)
    }
}
