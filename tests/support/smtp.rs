//! A small mail server (RFC 5321) that behaves as it is told, on threads of its own.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::app::mails::Mail;

const PACE: Duration = Duration::from_millis(5);

/// Where in the dialogue something happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    Greeting,
    Auth,
    Recipient,
    /// When the mail is there as a whole.
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    Takes,
    /// Says nothing from there on, until it behaves in another way; then it goes on.
    Stalls(At),
    Answers(At, u16),
    /// Keeps the mail, and hangs up instead of saying so.
    HangsUpAfterTheMail,
}

/// How clients have to come in.
#[derive(Clone, Default)]
pub struct Entrance {
    /// TLS from the first byte.
    pub implicit: Option<Arc<ServerConfig>>,
    /// Offered.
    pub starttls: Option<Arc<ServerConfig>>,
    /// Name and password, by AUTH PLAIN.
    pub credentials: Option<(&'static str, &'static str)>,
}

/// A mail that was kept.
#[derive(Clone, Debug)]
pub struct Received {
    pub recipient: String,
    pub source: String,
    /// Over TLS.
    pub encrypted: bool,
}

impl Received {
    pub fn mail(&self) -> Mail {
        Mail::parse(&self.source)
    }
}

pub struct SmtpServer {
    address: SocketAddr,
    state: Arc<State>,
}

struct State {
    entrance: Entrance,
    behaviour: Mutex<Behaviour>,
    received: Mutex<Vec<Received>>,
    /// What clients have said in the clear.
    overheard: Mutex<String>,
    connections: Mutex<Vec<TcpStream>>,
    open: AtomicUsize,
    most_open: AtomicUsize,
    ever_open: AtomicUsize,
    stopped: AtomicBool,
}

impl SmtpServer {
    pub fn start() -> Self {
        Self::with(Entrance::default())
    }

    pub fn with(entrance: Entrance) -> Self {
        Self::listen("127.0.0.1:0".parse().unwrap(), entrance)
    }

    /// After [`SmtpServer::stop`]: at the same address, with nothing received.
    pub fn start_again(&self) -> Self {
        Self::listen(self.address, self.state.entrance.clone())
    }

    fn listen(address: SocketAddr, entrance: Entrance) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let state = Arc::new(State {
            entrance,
            behaviour: Mutex::new(Behaviour::Takes),
            received: Mutex::default(),
            overheard: Mutex::default(),
            connections: Mutex::default(),
            open: AtomicUsize::default(),
            most_open: AtomicUsize::default(),
            ever_open: AtomicUsize::default(),
            stopped: AtomicBool::default(),
        });
        let server = Self { address: listener.local_addr().unwrap(), state: Arc::clone(&state) };
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if state.stopped.load(Ordering::Acquire) {
                    return;
                }
                let (state, stream) = (Arc::clone(&state), stream.unwrap());
                state.connections.lock().unwrap().push(stream.try_clone().unwrap());
                std::thread::spawn(move || state.serve(stream));
            }
        });
        server
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    pub fn behave(&self, behaviour: Behaviour) {
        *self.state.behaviour.lock().unwrap() = behaviour;
    }

    pub fn received(&self) -> Vec<Received> {
        self.state.received.lock().unwrap().clone()
    }

    pub fn overheard(&self) -> String {
        self.state.overheard.lock().unwrap().clone()
    }

    /// Connections now, at the worst moment, and in all.
    pub fn connections(&self) -> (usize, usize, usize) {
        let of = |count: &AtomicUsize| count.load(Ordering::Acquire);
        (of(&self.state.open), of(&self.state.most_open), of(&self.state.ever_open))
    }

    /// Waits until so many mails are here.
    pub async fn until_received(&self, mails: usize) -> Vec<Received> {
        self.until(|| self.state.received.lock().unwrap().len() >= mails).await;
        self.received()
    }

    pub async fn until_connected(&self, times: usize) {
        self.until(|| self.connections().2 >= times).await;
    }

    async fn until(&self, is_so: impl Fn() -> bool) {
        let began = Instant::now();
        while !is_so() {
            assert!(began.elapsed() < Duration::from_secs(20), "{:?}, {:?}", self.connections(), self.received());
            tokio::time::sleep(PACE).await;
        }
    }

    /// Gone, with all its connections.
    pub fn stop(&self) {
        self.state.stopped.store(true, Ordering::Release);
        // Ends the wait for the next connection.
        let _ = TcpStream::connect(self.address);
        for connection in self.state.connections.lock().unwrap().drain(..) {
            let _ = connection.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.stop();
    }
}

enum Line {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Line {
    fn secured(stream: TcpStream, config: &Arc<ServerConfig>) -> Self {
        Self::Tls(Box::new(StreamOwned::new(ServerConnection::new(Arc::clone(config)).unwrap(), stream)))
    }

    fn say(&mut self, text: &str) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.write_all(text.as_bytes()),
            Self::Tls(stream) => stream.write_all(text.as_bytes()).and_then(|()| stream.flush()),
        }
    }

    /// An error when the client has hung up. Only asked where it has nothing to say.
    fn is_there(&self) -> io::Result<()> {
        let Self::Plain(stream) = self else { return Ok(()) };
        stream.set_nonblocking(true)?;
        let peeked = stream.peek(&mut [0]);
        stream.set_nonblocking(false)?;
        match peeked {
            Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
            Err(cause) if cause.kind() != ErrorKind::WouldBlock => Err(cause),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Up to `end`, with it.
    fn hear(&mut self, end: &str) -> io::Result<String> {
        let (mut heard, mut byte) = (Vec::new(), [0]);
        while !heard.ends_with(end.as_bytes()) {
            let read = match self {
                Self::Plain(stream) => stream.read(&mut byte)?,
                Self::Tls(stream) => stream.read(&mut byte)?,
            };
            if read == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            heard.push(byte[0]);
        }
        Ok(String::from_utf8_lossy(&heard).into_owned())
    }
}

impl State {
    fn serve(&self, stream: TcpStream) {
        let open = self.open.fetch_add(1, Ordering::AcqRel) + 1;
        self.most_open.fetch_max(open, Ordering::AcqRel);
        self.ever_open.fetch_add(1, Ordering::AcqRel);
        let end = stream.try_clone().unwrap();
        let line = match &self.entrance.implicit {
            Some(config) => Line::secured(stream, config),
            None => Line::Plain(stream),
        };
        // A client that hangs up is what many tests are about.
        let _ended = self.talk(line);
        let _closed = end.shutdown(Shutdown::Both);
        self.open.fetch_sub(1, Ordering::AcqRel);
    }

    fn behaviour(&self) -> Behaviour {
        *self.behaviour.lock().unwrap()
    }

    /// Whether to go on there as usual; otherwise the refusal has been said.
    fn passes(&self, line: &mut Line, at: At, about: &str) -> io::Result<bool> {
        while self.behaviour() == Behaviour::Stalls(at) && !self.stopped.load(Ordering::Acquire) {
            std::thread::sleep(PACE);
            line.is_there()?;
        }
        match self.behaviour() {
            Behaviour::Answers(place, code) if place == at => {
                // As real ones do, it repeats whom it refuses.
                line.say(&format!("{code} 5.0.0 {about}: refused\r\n"))?;
                Ok(false)
            }
            _ => Ok(true),
        }
    }

    fn talk(&self, mut line: Line) -> io::Result<()> {
        if !self.passes(&mut line, At::Greeting, "localhost")? {
            return Ok(());
        }
        line.say("220 localhost ESMTP\r\n")?;
        let (mut is_known, mut recipient) = (self.entrance.credentials.is_none(), String::new());
        loop {
            let said = line.hear("\r\n")?;
            let is_plain = matches!(line, Line::Plain(_));
            if is_plain {
                self.overheard.lock().unwrap().push_str(&said);
            }
            let verb: String = said.chars().take(4).collect::<String>().to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" => line.say(&self.extensions(is_plain))?,
                "STAR" => {
                    line.say("220 go on\r\n")?;
                    let (Line::Plain(stream), Some(config)) = (line, &self.entrance.starttls) else { return Ok(()) };
                    line = Line::secured(stream, config);
                }
                "AUTH" => {
                    if self.passes(&mut line, At::Auth, "somebody")? {
                        is_known = self.is_right(&said);
                        line.say(if is_known { "235 ok\r\n" } else { "535 5.7.8 wrong\r\n" })?;
                    }
                }
                "MAIL" if !is_known => line.say("530 5.7.0 authentication required\r\n")?,
                "RCPT" => {
                    recipient = said.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                    if self.passes(&mut line, At::Recipient, &recipient)? {
                        line.say("250 ok\r\n")?;
                    }
                }
                "DATA" => {
                    line.say("354 go on\r\n")?;
                    if !self.take(&mut line, &recipient)? {
                        return Ok(());
                    }
                }
                "QUIT" => return line.say("221 bye\r\n"),
                _ => line.say("250 ok\r\n")?,
            }
        }
    }

    /// Whether the dialogue goes on.
    fn take(&self, line: &mut Line, recipient: &str) -> io::Result<bool> {
        let source = line.hear("\r\n.\r\n")?;
        let encrypted = matches!(line, Line::Tls(_));
        if !self.passes(line, At::End, recipient)? {
            return Ok(true);
        }
        let source = source.trim_end_matches(".\r\n").replace("\r\n..", "\r\n.");
        self.received.lock().unwrap().push(Received { recipient: recipient.to_owned(), source, encrypted });
        if self.behaviour() == Behaviour::HangsUpAfterTheMail {
            return Ok(false);
        }
        line.say("250 ok\r\n")?;
        Ok(true)
    }

    fn extensions(&self, is_plain: bool) -> String {
        let starttls = if is_plain && self.entrance.starttls.is_some() { "250-STARTTLS\r\n" } else { "" };
        let auth = if self.entrance.credentials.is_some() { "250-AUTH PLAIN\r\n" } else { "" };
        format!("250-localhost\r\n{starttls}{auth}250-SMTPUTF8\r\n250 8BITMIME\r\n")
    }

    fn is_right(&self, said: &str) -> bool {
        let given = said.trim_end().rsplit(' ').next().unwrap_or_default();
        let given = BASE64_STANDARD.decode(given).unwrap_or_default();
        self.entrance.credentials.is_some_and(|(name, password)| given == format!("\0{name}\0{password}").as_bytes())
    }
}
