//! Servers in a process of their own, so that their processor time can be told from the generator's.

#![expect(clippy::expect_used, reason = "a benchmark without its server has nothing to say")]

use std::future::ready;
use std::io::{BufRead, BufReader, Read, stdin};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::thread;

use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::{self, Bytes};
use actix_web::{App, HttpResponse, HttpServer};
use serde_json::{Value, json};

use crate::node;
use crate::ratio::cores;

const PADDING: HeaderName = HeaderName::from_static("x-padding");
/// The first argument of a child.
pub const WORD: &str = "serve";

/// A child that serves; it ends with this value, or with this process.
pub struct Server {
    process: Child,
    pub address: SocketAddr,
    /// What it said of itself when it was ready.
    pub told: Value,
}

impl Server {
    /// Its log goes nowhere, but is written.
    pub fn start(part: &str, argument: &str) -> Self {
        let program = std::env::current_exe().expect("the path of this program");
        let mut command = Command::new(program);
        command.args([WORD, part, argument]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().expect("a child");
        let mut line = String::new();
        let said = process.stdout.take().expect("the child's output");
        BufReader::new(said).read_line(&mut line).expect("a line of the child");
        let told: Value = serde_json::from_str(&line).expect("a child that is ready");
        let address = told["address"].as_str().and_then(|text| text.parse().ok()).expect("an address");
        Self { process, address, told }
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ended = self.process.wait();
    }
}

/// In the child. Does not return.
pub fn serve(part: &str, argument: &str) {
    thread::spawn(|| {
        // Nothing is ever written there: it ends when the parent drops its end, or ends itself.
        let _closed = stdin().read(&mut [0]);
        std::process::exit(0);
    });
    match part {
        "node" => node::serve(argument),
        _ => bare(&serde_json::from_str(argument).expect("what to answer")),
    }
}

/// actix-web with one handler that does nothing: it reads what it is sent, because actix-web hangs up on whoever sends
/// what nobody reads, and answers with the `body` and as much `padding` in a header as it was told. It has as many threads
/// as a node.
fn bare(told: &Value) {
    let body = Bytes::from(told["body"].to_string());
    let padding = told["padding"].as_u64().and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(1);
    let padding = HeaderValue::from_str(&"x".repeat(padding)).expect("a header");
    let run = async move {
        let app = move || {
            let (body, padding) = (body.clone(), padding.clone());
            let answer = move |_: Bytes| {
                let mut answer = HttpResponse::Ok();
                answer.insert_header((PADDING, padding.clone())).content_type("application/json");
                ready(answer.body(body.clone()))
            };
            App::new().route("/", web::post().to(answer))
        };
        let server = HttpServer::new(app).workers(cores()).bind("127.0.0.1:0").expect("a port");
        println!("{}", json!({ "address": server.addrs()[0] }));
        server.run().await.expect("a server");
    };
    actix_web::rt::System::new().block_on(run);
}
