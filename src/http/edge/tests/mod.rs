//! The frame around a small app of its own, the same routes on both planes.
//!
//! [`forms`] looks at the answers, [`logged`] at what is written down of them, [`wire`] at a real connection.

mod forms;
mod logged;
mod wire;

use std::sync::Arc;

use actix_web::dev::{HttpServiceFactory, Service};
use actix_web::http::header::HeaderMap;
use actix_web::test::{self, TestRequest};
use actix_web::{App, HttpResponse, web};
use serde::Deserialize;
use serde_json::Value;

use super::Edge;
use crate::http::bearer::BearerToken;
use crate::http::body::Body;
use crate::http::form::Form;
use crate::http::not_found::not_found;
use crate::http::problem::{OAuthError, Problem};

#[derive(Deserialize)]
struct Sent {
    #[serde(default)]
    email: String,
}

async fn echo(Body(sent): Body<Sent>) -> HttpResponse {
    HttpResponse::Ok().json(sent.email)
}

async fn token(Form(sent): Form<Sent>) -> Result<HttpResponse, OAuthError> {
    if sent.email.is_empty() {
        Err(OAuthError::invalid_grant("it \"is\" spent"))
    } else {
        Ok(HttpResponse::Ok().finish())
    }
}

async fn panics() -> HttpResponse {
    panic!("the roof is on fire")
}

async fn fails() -> Result<HttpResponse, Problem> {
    Err(Problem::internal(std::io::Error::other("disk 7 is gone")))
}

async fn busy() -> Result<HttpResponse, Problem> {
    Err(Problem::overloaded(std::time::Duration::from_millis(1_200)))
}

async fn secured(_: BearerToken) -> HttpResponse {
    HttpResponse::NoContent().finish()
}

async fn page() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(("cache-control", "public, max-age=300"))
        .insert_header(("content-security-policy", "default-src 'self'"))
        .body("<p>")
}

fn plane(prefix: &str) -> impl HttpServiceFactory + use<> {
    web::scope(prefix)
        .route("/echo", web::post().to(echo))
        .service(web::resource("/token").get(page).post(token))
        .route("/panics", web::get().to(panics))
        .route("/fails", web::get().to(fails))
        .route("/introspect", web::get().to(fails))
        .route("/busy", web::get().to(busy))
        .route("/secured", web::get().to(secured))
        .route("/items/{id}", web::get().to(|_: web::Path<uuid::Uuid>| async { HttpResponse::Ok().finish() }))
        .route("/page", web::get().to(page))
        .route("/bare", web::get().to(|| async { HttpResponse::ServiceUnavailable().finish() }))
        .route("/own", web::get().to(|| async { HttpResponse::ServiceUnavailable().json("own words") }))
}

fn routes(config: &mut web::ServiceConfig) {
    config.service(plane("/v1")).service(plane("/oauth2")).default_service(web::to(not_found));
}

/// Status, headers, body.
struct Answer(u16, HeaderMap, Vec<u8>);

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.2).unwrap_or(Value::Null)
    }

    fn header(&self, name: &str) -> &str {
        self.1.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

async fn ask(request: TestRequest) -> Answer {
    let app = test::init_service(App::new().configure(routes).wrap(Edge::new(Arc::default()))).await;
    let answered = app.call(request.to_request()).await;
    let response = answered.map_or_else(|error| error.error_response(), HttpResponse::from);
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer(status, headers, actix_web::body::to_bytes(response.into_body()).await.unwrap().to_vec())
}
