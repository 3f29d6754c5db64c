//! The naive way: a thread of the pool for each hash, as many as there are requests, each with memory of its own.

use actix_web::error::ErrorInternalServerError;
use actix_web::web::{self, Bytes, Json};
use actix_web::{App, HttpServer};
use anyhow::Context as _;
use keystead::actors::hasher::engine::{Backend, Engine};
use serde_json::{Value, json};

use crate::numbers::cores;
use crate::place::people::COST;

/// `POST /login` hashes whatever it is sent; `POST /check` stands for what other requests ask and answers at once.
pub fn serve() -> anyhow::Result<()> {
    actix_web::rt::System::new().block_on(async move {
        let app = || App::new().route("/login", web::post().to(login)).route("/check", web::post().to(check));
        let server = HttpServer::new(app).workers(cores()).bind("127.0.0.1:0").context("a port")?;
        let address = *server.addrs().first().context("an address")?;
        super::ready(address, &Value::Null);
        server.run().await.context("the naive server")
    })
}

async fn login(password: Bytes) -> actix_web::Result<Json<Value>> {
    let hash = move || {
        let mut tag = [0; 32];
        Engine::new(Backend::Argon2).tag(COST, &password, b"0123456789abcdef", &mut tag)
    };
    #[expect(clippy::disallowed_methods, reason = "the naive way is what is compared with")]
    let hashing = tokio::task::spawn_blocking(hash);
    hashing.await.map_err(ErrorInternalServerError)?.map_err(ErrorInternalServerError)?;
    Ok(Json(json!({ "status": "authenticated" })))
}

async fn check(_: Bytes) -> Json<Value> {
    Json(json!({ "active": true }))
}
