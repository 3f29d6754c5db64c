//! actix-web with one handler that does nothing.

use std::future::ready as at_once;

use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::{self, Bytes};
use actix_web::{App, HttpResponse, HttpServer};
use anyhow::Context as _;
use serde_json::{Value, json};

use super::Baseline;
use crate::driver::line::Answer;
use crate::driver::request::Request;
use crate::http::ask_once;
use crate::numbers::cores;

const PADDING: HeaderName = HeaderName::from_static("x-padding");

/// It reads what it is sent, because actix-web hangs up on whoever sends what nobody reads, and answers with the `body`
/// and as much `padding` in a header as it was told. It has as many threads as a node.
pub fn serve(told: &Value) -> anyhow::Result<()> {
    let body = Bytes::from(told["body"].to_string());
    let padding = told["padding"].as_u64().and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(1);
    let padding = HeaderValue::from_str(&"x".repeat(padding)).context("a header")?;
    actix_web::rt::System::new().block_on(async move {
        let app = move || {
            let (body, padding) = (body.clone(), padding.clone());
            let answer = move |_: Bytes| {
                let mut answer = HttpResponse::Ok();
                answer.insert_header((PADDING, padding.clone())).content_type("application/json");
                at_once(answer.body(body.clone()))
            };
            App::new().route("/", web::post().to(answer))
        };
        let server = HttpServer::new(app).workers(cores()).bind("127.0.0.1:0").context("a port")?;
        let address = *server.addrs().first().context("an address")?;
        super::ready(address, &Value::Null);
        server.run().await.context("the bare server")
    })
}

/// One whose whole answer has as many bytes as `answer`: the headers that a node owes its clients are padding here, so
/// that the network and the generator have the same to do.
pub fn as_large(answer: &Answer, request: Request) -> anyhow::Result<Baseline> {
    let start = |padding: usize| Baseline::start("bare", &json!({ "body": answer.json(), "padding": padding }));
    let without = ask_once(start(1)?.address, request)?.header_bytes();
    start(answer.header_bytes().saturating_sub(without) + 1)
}
