//! What only a real connection shows.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::{App, HttpServer};

use super::{Edge, routes};

/// Sends these bytes and reads until the server closes, or for a second.
async fn exchange(address: SocketAddr, bytes: Vec<u8>) -> String {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
        stream.write_all(&bytes).unwrap();
        let mut answer = Vec::new();
        let ended = stream.read_to_end(&mut answer).is_ok();
        let _ = sender.send(format!("{}\nclosed: {ended}", String::from_utf8_lossy(&answer)));
    });
    receiver.await.unwrap()
}

#[actix_web::test]
async fn connections_close_when_they_must_and_only_then() {
    let draining = Arc::new(AtomicBool::new(false));
    let shared = Arc::clone(&draining);
    let server = HttpServer::new(move || App::new().configure(routes).wrap(Edge::new(Arc::clone(&shared))));
    let server = server.workers(1).disable_signals().bind(("127.0.0.1", 0)).unwrap();
    let address = server.addrs()[0];
    let server = server.run();
    let handle = server.handle();
    actix_web::rt::spawn(server);

    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n").into_bytes();
    let kept = exchange(address, get("/v1/page")).await;
    assert!(kept.starts_with("HTTP/1.1 200") && kept.ends_with("closed: false"), "{kept}");
    let panicked = exchange(address, get("/v1/panics")).await;
    assert!(panicked.starts_with("HTTP/1.1 500") && panicked.contains("x-request-id"), "{panicked}");

    let post = "POST /v1/echo HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n";
    let announced = exchange(address, format!("{post}content-length: 9999999\r\n\r\n").into_bytes()).await;
    assert!(announced.starts_with("HTTP/1.1 413") && announced.ends_with("closed: true"), "{announced}");
    let chunk = format!("4000\r\n{}\r\n", "a".repeat(0x4000)).repeat(5);
    let chunked = exchange(address, format!("{post}transfer-encoding: chunked\r\n\r\n{chunk}").into_bytes()).await;
    assert!(chunked.starts_with("HTTP/1.1 413") && chunked.contains("body_too_large"), "{chunked}");
    assert!(chunked.contains("connection: close"), "{chunked}");

    draining.store(true, Ordering::Relaxed);
    let drained = exchange(address, get("/v1/page")).await;
    assert!(drained.contains("connection: close") && drained.ends_with("closed: true"), "{drained}");
    handle.stop(false).await;
}
