//! One connection and a stopwatch. Blocking, in the thread that calls, so that nothing but the server takes time.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::Value;

/// The edge gives a request ten seconds.
const LONGEST: Duration = Duration::from_secs(20);

pub struct Client {
    address: String,
    stream: BufReader<TcpStream>,
}

pub struct Timed {
    pub status: u16,
    pub body: String,
    /// From the request's first byte to the answer's last.
    pub took: Duration,
}

impl Client {
    /// `url`: `http://` and an address.
    pub fn connect(url: &str) -> Self {
        let address = url.trim_start_matches("http://").to_owned();
        let stream = open(&address);
        Self { address, stream }
    }

    pub fn post(&mut self, path: &str, from: &str, body: &Value) -> Timed {
        let body = body.to_string();
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nX-Forwarded-For: {from}\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        let began = Instant::now();
        self.stream.get_mut().write_all(request.as_bytes()).unwrap();
        let (status, body, goes_on) = self.answer();
        let took = began.elapsed();
        if !goes_on {
            self.stream = open(&self.address);
        }
        Timed { status, body, took }
    }

    /// Status, body, and whether the connection stays open.
    fn answer(&mut self) -> (u16, String, bool) {
        let (mut length, mut goes_on) = (0, true);
        let first = self.line();
        loop {
            let line = self.line().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            goes_on &= line != "connection: close";
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).unwrap();
        let status = first.split(' ').nth(1).and_then(|status| status.parse().ok());
        (status.unwrap_or_else(|| panic!("no answer: {first:?}")), String::from_utf8(body).unwrap(), goes_on)
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }
}

fn open(address: &str) -> BufReader<TcpStream> {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(LONGEST)).unwrap();
    BufReader::new(stream)
}
