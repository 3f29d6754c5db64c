//! How a server ends.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::program::{Program, Server};

/// A request whose body is still on its way: the server waits for it while it stops.
fn half_a_request(server: &Server) -> TcpStream {
    let mut stream = TcpStream::connect(server.url.strip_prefix("http://").unwrap()).unwrap();
    let head =
        "POST /v1/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{\"a\":";
    stream.write_all(head.as_bytes()).unwrap();
    // It has been heard by the time a second request on another connection is answered.
    let mut other = TcpStream::connect(server.url.strip_prefix("http://").unwrap()).unwrap();
    other.write_all(b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    other.read_to_end(&mut Vec::new()).unwrap();
    stream
}

#[test]
fn either_signal_ends_it_well() {
    for signal in [Signal::TERM, Signal::INT] {
        let server = Program::new().serve(&[]);
        server.signal(signal);
        let ran = server.ended();
        assert!(ran.code == 0 && ran.out.contains("Stopping"), "{ran:?}");
    }
}

#[test]
fn a_request_under_way_is_answered_before_the_end() {
    let program = Program::new();
    let server = program.serve(&[]);
    let mut stream = half_a_request(&server);
    server.signal(Signal::TERM);
    std::thread::sleep(Duration::from_millis(200));
    stream.write_all(b" \"b\"}  ").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    assert_eq!(server.ended().code, 0);
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let program = Program::new();
    let mut server = program.serve(&[]);
    let _open = half_a_request(&server);
    server.signal(Signal::TERM);
    std::thread::sleep(Duration::from_millis(500));
    assert!(server.is_running(), "it did not wait for the request");
    let began = Instant::now();
    server.signal(Signal::TERM);
    let ran = server.ended();
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert!(ran.code == 1 && ran.err.contains("a second signal"), "{ran:?}");
}
