//! `keystead healthcheck`: asks a server whether it is ready, for containers and scripts that have no curl.
//!
//! Plain HTTP/1.1 over TCP or a Unix socket, one request, one answer.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde_json::json;
use url::Url;

use super::configuration;
use super::exit::{Exit, Failure};
use super::local_address::reachable;
use super::output::Output;
use crate::config::listener::Listener;

/// To connect, and then for each read: the server itself answers within a second.
const PATIENCE: Duration = Duration::from_secs(3);
/// A readiness report has some hundred bytes.
const ANSWER_BYTES_MAX: u64 = 16 * 1024;
const PATH: &str = "/readyz";

#[derive(Debug, Args)]
pub struct Healthcheck {
    /// Ask this address (http:// only) and not the listener of this configuration
    #[arg(long)]
    url: Option<Url>,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, PartialEq, Eq)]
enum Place {
    Tcp { host: String, address: Vec<SocketAddr> },
    Unix(PathBuf),
}

pub fn run(asked: Healthcheck) -> Result<(), Failure> {
    let (place, path) = match asked.url {
        Some(url) => of_url(&url)?,
        None => (
            of_listener(&configuration::for_a_command(&configuration::surroundings())?.server.listen)?,
            PATH.to_owned(),
        ),
    };
    let (status, body) = ask(&place, &path).map_err(|cause| {
        Failure::new(Exit::Unreachable, format!("the server at {} does not answer: {cause}", place.name()))
    })?;
    if status == 200 {
        return asked.output.tell(&json!({ "ready": true, "status": status }), "ready");
    }
    if asked.output.json {
        asked.output.tell(&json!({ "ready": false, "status": status }), "")?;
    }
    Err(Failure::new(Exit::Failure, format!("the server answers {status}: {body}")))
}

fn of_listener(listen: &Listener) -> Result<Place, Failure> {
    match listen {
        Listener::Tcp(address) if address.port() == 0 => {
            Err(Failure::new(Exit::Mistake, "LISTEN has port 0, so where the server is has to be said: --url"))
        }
        Listener::Tcp(address) => {
            let address = reachable(*address);
            Ok(Place::Tcp { host: address.to_string(), address: vec![address] })
        }
        Listener::Unix(path) => Ok(Place::Unix(path.clone())),
    }
}

/// An address without a path means that of the readiness.
fn of_url(url: &Url) -> Result<(Place, String), Failure> {
    let (Some(host), "http") = (url.host_str(), url.scheme()) else {
        return Err(Failure::new(Exit::Mistake, "--url must be http://…: this check speaks plain HTTP"));
    };
    let port = url.port_or_known_default().unwrap_or(80);
    let name = format!("{host}:{port}");
    let address =
        name.to_socket_addrs().map_err(|cause| Failure::new(Exit::Unreachable, format!("{name}: {cause}")))?;
    let path = if url.path() == "/" { PATH } else { url.path() };
    Ok((Place::Tcp { host: name, address: address.collect() }, path.to_owned()))
}

impl Place {
    fn name(&self) -> String {
        match self {
            Self::Tcp { host, .. } => host.clone(),
            Self::Unix(path) => path.display().to_string(),
        }
    }
}

fn ask(place: &Place, path: &str) -> io::Result<(u16, String)> {
    match place {
        Place::Tcp { host, address } => {
            let mut stream = connect(address)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.set_write_timeout(Some(PATIENCE))?;
            exchange(&mut stream, host, path)
        }
        Place::Unix(socket) => {
            let mut stream = UnixStream::connect(socket)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.set_write_timeout(Some(PATIENCE))?;
            exchange(&mut stream, "localhost", path)
        }
    }
}

/// The first of them that lets us in: `localhost` is often two.
fn connect(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in addresses {
        match TcpStream::connect_timeout(address, PATIENCE) {
            Ok(stream) => return Ok(stream),
            Err(cause) => last = cause,
        }
    }
    Err(last)
}

fn exchange(stream: &mut (impl Read + Write), host: &str, path: &str) -> io::Result<(u16, String)> {
    // In one piece: `write!` would send a packet for each part of it.
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").as_bytes())?;
    stream.flush()?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer)?;
    parse(&String::from_utf8_lossy(&answer)).ok_or_else(|| io::Error::other("what it says is not HTTP/1.1"))
}

/// Status and body. (The body of a chunked answer would show its chunks; a report is short and comes with its length.)
fn parse(answer: &str) -> Option<(u16, String)> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    Some((status, body.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_its_status_and_its_body() {
        let answer = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 3\r\n\r\nno\n";
        assert_eq!(parse(answer), Some((503, "no".to_owned())));
        for odd in ["", "SSH-2.0-x\r\n\r\n", "HTTP/1.1 2", "HTTP/1.1 xyz\r\n\r\n"] {
            assert_eq!(parse(odd), None, "{odd:?}");
        }
    }

    #[test]
    fn an_address_says_where_and_what_to_ask() {
        let at = |text: &str| of_url(&text.parse().unwrap()).unwrap();
        assert_eq!(at("http://127.0.0.1:81").1, "/readyz");
        assert_eq!(at("http://127.0.0.1:81/livez").1, "/livez");
        assert!(of_url(&"https://127.0.0.1".parse().unwrap()).is_err());
        let here = of_listener(&Listener::Tcp("0.0.0.0:8080".parse().unwrap())).unwrap();
        assert_eq!(here.name(), "127.0.0.1:8080");
        assert!(of_listener(&Listener::Tcp("0.0.0.0:0".parse().unwrap())).is_err());
    }
}
