//! One keep-alive connection of HTTP/1.1, made when it is first needed and again when it broke.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::HeaderMap;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{HOST, HeaderValue, RETRY_AFTER};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::request::Request;

/// The server gives a request ten seconds; who has waited for fifteen has no answer.
const PATIENCE: Duration = Duration::from_secs(15);
const CONNECT_PATIENCE: Duration = Duration::from_secs(3);

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// With the line that a header is, and all of them.
    pub fn header_bytes(&self) -> usize {
        self.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len()).sum()
    }

    /// What whoever is turned away is owed.
    pub fn says_when_to_come_back(&self) -> bool {
        self.headers.contains_key(RETRY_AFTER)
    }

    /// A text of the answer's JSON; empty where it is not there.
    pub fn text(&self, field: &str) -> String {
        self.json()[field].as_str().unwrap_or_default().to_owned()
    }
}

/// Why there is none.
#[derive(Debug)]
pub enum Lost {
    /// Nobody took the connection.
    NotConnected,
    /// It ended before the answer did.
    Broken,
    /// No answer in time.
    Late,
}

/// Where the nodes are. More than one stand behind each other as they would behind a balancer: who is turned away at
/// one knocks at the next.
#[derive(Clone, Debug)]
pub struct Targets(Vec<SocketAddr>);

impl Targets {
    pub fn one(address: SocketAddr) -> Self {
        Self(vec![address])
    }

    pub fn several(addresses: Vec<SocketAddr>) -> Self {
        Self(addresses)
    }

    fn at(&self, turn: usize) -> Option<SocketAddr> {
        self.0.get(turn % self.0.len().max(1)).copied()
    }
}

pub struct Line {
    targets: Targets,
    turn: usize,
    host: HeaderValue,
    open: Option<SendRequest<Full<Bytes>>>,
}

impl Line {
    /// Makes no connection yet. `turn` says which of several nodes is its first.
    pub fn new(targets: Targets, turn: usize) -> Self {
        Self { targets, turn, host: HeaderValue::from_static("localhost"), open: None }
    }

    /// # Errors
    /// [`Lost`]. The next request makes a connection anew.
    pub async fn send(&mut self, mut request: Request) -> Result<Answer, Lost> {
        request.headers_mut().insert(HOST, self.host.clone());
        let answer = timeout(PATIENCE, self.exchange(request)).await.unwrap_or(Err(Lost::Late));
        if answer.is_err() {
            self.open = None;
        }
        answer
    }

    /// A request that the server never began to read, because it had closed an idle connection, goes over a new one: so
    /// do all clients.
    async fn exchange(&mut self, request: Request) -> Result<Answer, Lost> {
        if let Some(mut sender) = self.open.take()
            && sender.ready().await.is_ok()
        {
            match sender.try_send_request(request).await {
                Ok(response) => return self.read(sender, response).await,
                Err(mut failed) => match failed.take_message() {
                    Some(unsent) => return self.over_a_new_one(unsent).await,
                    None => return Err(Lost::Broken),
                },
            }
        }
        self.over_a_new_one(request).await
    }

    async fn over_a_new_one(&mut self, request: Request) -> Result<Answer, Lost> {
        let mut sender = self.connect().await?;
        let response = sender.send_request(request).await.map_err(|_| Lost::Broken)?;
        self.read(sender, response).await
    }

    async fn read(
        &mut self,
        sender: SendRequest<Full<Bytes>>,
        response: hyper::Response<hyper::body::Incoming>,
    ) -> Result<Answer, Lost> {
        let (head, body) = response.into_parts();
        let body = body.collect().await.map_err(|_| Lost::Broken)?.to_bytes();
        self.open = Some(sender);
        Ok(Answer { status: head.status.as_u16(), headers: head.headers, body })
    }

    /// Knocks at each node once.
    async fn connect(&mut self) -> Result<SendRequest<Full<Bytes>>, Lost> {
        for _ in 0..self.targets.0.len() {
            let Some(address) = self.targets.at(self.turn) else { break };
            if let Ok(Ok(stream)) = timeout(CONNECT_PATIENCE, TcpStream::connect(address)).await {
                // Without it each request would wait for the acknowledgement of the one before.
                let _is_set = stream.set_nodelay(true);
                let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|_| Lost::NotConnected)?;
                tokio::task::spawn_local(async move {
                    // How it ended is told to whoever waits for an answer.
                    let _ended = connection.await;
                });
                return Ok(sender);
            }
            self.turn += 1;
        }
        Err(Lost::NotConnected)
    }
}
