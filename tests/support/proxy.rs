//! A loopback proxy between Keystead and its database server, which can do what networks do: lose the answer to a
//! statement that the server has performed, go silent, and refuse.
//!
//! It understands as much of the two protocols as it takes to know where a message ends and which statement it carries.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use keystead::config::database::{DatabaseSettings, ServerAddress, Target, TlsMode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// MySQL's first bytes of a message: text to be run, text to be prepared, and the running of what was prepared.
const COM_QUERY: u8 = 0x03;
const COM_STMT_PREPARE: u8 = 0x16;
const COM_STMT_EXECUTE: u8 = 0x17;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protocol {
    MySql,
    Postgres,
}

/// What happens to connections, those that are open and those that come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    Open,
    /// Nothing is passed on; what is sent now arrives when the line is open again.
    Frozen,
    /// Open connections are closed, new ones refused: the server has stopped.
    Cut,
}

/// What becomes of a connection once the server has performed a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trick {
    /// It is closed, and the answer is never passed on.
    LoseTheAnswer,
    /// The answer arrives, and nothing ever again in either direction: it has died silently.
    DieSilently,
}

struct Trap {
    statement: &'static str,
    trick: Trick,
    times: usize,
}

struct State {
    protocol: Protocol,
    server: (String, u16),
    trap: Mutex<Option<Trap>>,
    sprung: AtomicUsize,
    line: watch::Sender<Line>,
    /// Connections that were accepted before this one of them go silent.
    buried: watch::Sender<usize>,
    accepted: AtomicUsize,
}

pub struct Proxy {
    address: SocketAddr,
    state: Arc<State>,
    accepting: tokio::task::JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.state.line.send_replace(Line::Cut);
    }
}

impl Proxy {
    /// Stands before the server of `settings` from now on. `None` for SQLite, which has none.
    pub async fn before(settings: &DatabaseSettings) -> Option<Self> {
        let (protocol, of) = match &settings.target {
            Target::Sqlite { .. } => return None,
            Target::MySql(of) => (Protocol::MySql, of),
            Target::Postgres(of) => (Protocol::Postgres, of),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            protocol,
            server: (of.host.clone(), of.port),
            trap: Mutex::new(None),
            sprung: AtomicUsize::new(0),
            line: watch::Sender::new(Line::Open),
            buried: watch::Sender::new(0),
            accepted: AtomicUsize::new(0),
        });
        let accepting = tokio::spawn(accept(listener, address, Arc::clone(&state)));
        Some(Self { address, state, accepting })
    }

    /// The same database by way of this proxy.
    pub fn settings(&self, direct: &DatabaseSettings) -> DatabaseSettings {
        let detour = |of: &ServerAddress| ServerAddress {
            host: self.address.ip().to_string(),
            port: self.address.port(),
            tls: TlsMode::Disabled,
            ..of.clone()
        };
        let target = match &direct.target {
            Target::Sqlite { path } => Target::Sqlite { path: path.clone() },
            Target::MySql(of) => Target::MySql(detour(of)),
            Target::Postgres(of) => Target::Postgres(detour(of)),
        };
        DatabaseSettings { target, ..direct.clone() }
    }

    /// Plays `trick` on the next `times` connections that send a statement which begins with these words.
    pub fn set_trap(&self, statement: &'static str, trick: Trick, times: usize) {
        *self.state.trap.lock().unwrap() = Some(Trap { statement, trick, times });
    }

    /// How often a trap was sprung.
    pub fn sprung(&self) -> usize {
        self.state.sprung.load(Ordering::SeqCst)
    }

    /// Every connection that is open now dies silently; those that come live.
    pub fn bury_the_living(&self) {
        self.state.buried.send_replace(self.state.accepted.load(Ordering::SeqCst));
    }

    pub fn set_line(&self, line: Line) {
        self.state.line.send_replace(line);
    }
}

async fn accept(mut listener: TcpListener, address: SocketAddr, state: Arc<State>) {
    let mut line = state.line.subscribe();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((client, _)) = accepted else { continue };
                tokio::spawn(carry(client, Arc::clone(&state)));
            }
            _cut = until(&mut line, |line| line == Line::Cut) => {
                drop(listener);
                until(&mut line, |line| line != Line::Cut).await;
                listener = TcpListener::bind(address).await.expect("nobody has taken the port meanwhile");
            }
        }
    }
}

async fn until<T: Copy>(state: &mut watch::Receiver<T>, is_so: impl Fn(T) -> bool) {
    if state.wait_for(|state| is_so(*state)).await.is_err() {
        // The proxy is gone, and its connections with it.
        std::future::pending::<()>().await;
    }
}

async fn carry(client: TcpStream, state: Arc<State>) {
    let number = state.accepted.fetch_add(1, Ordering::SeqCst);
    let (mut line, mut buried) = (state.line.subscribe(), state.buried.subscribe());
    until(&mut line, |line| line != Line::Frozen).await;
    let Ok(server) = TcpStream::connect((state.server.0.as_str(), state.server.1)).await else { return };
    // Or each statement that comes in two pieces waits 40 ms for a delayed ACK, and a unit of twenty is late.
    if client.set_nodelay(true).is_err() || server.set_nodelay(true).is_err() {
        return;
    }
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    // What the statement under way has sprung.
    let (sprung, caught) = watch::channel(None);
    let dead = AtomicBool::new(false);
    tokio::select! {
        () = statements(from_client, to_server, &state, sprung, &dead) => {}
        () = answers(from_server, to_client, &state, caught, &dead) => {}
        () = until(&mut line, |line| line == Line::Cut) => {}
        // In here, because what a `select!` leaves it drops, and both ends would hear of that.
        () = async {
            until(&mut buried, |buried| number < buried).await;
            dead.store(true, Ordering::SeqCst);
            std::future::pending::<()>().await;
        } => {}
    }
}

async fn statements(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    state: &State,
    sprung: watch::Sender<Option<Trick>>,
    dead: &AtomicBool,
) {
    let mut line = state.line.subscribe();
    let mut watcher = Watcher { begun: state.protocol == Protocol::MySql, prepared: false };
    while let Some(message) = watcher.read(&mut from, state.protocol).await {
        until(&mut line, |line| line != Line::Frozen).await;
        if dead.load(Ordering::SeqCst) {
            continue;
        }
        if watcher.springs(&message, state) {
            let mut trap = state.trap.lock().unwrap();
            if let Some(set) = trap.as_mut().filter(|set| set.times > 0) {
                set.times -= 1;
                sprung.send_replace(Some(set.trick));
            }
        }
        if to.write_all(&message).await.is_err() {
            return;
        }
    }
}

async fn answers(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    state: &State,
    caught: watch::Receiver<Option<Trick>>,
    dead: &AtomicBool,
) {
    let mut line = state.line.subscribe();
    let mut answer = Vec::new();
    let mut buffer = vec![0; 65_536];
    loop {
        let read = match from.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(read) => &buffer[..read],
        };
        until(&mut line, |line| line != Line::Frozen).await;
        if dead.load(Ordering::SeqCst) {
            continue;
        }
        let trick = *caught.borrow();
        if trick != Some(Trick::LoseTheAnswer) && to.write_all(read).await.is_err() {
            return;
        }
        if trick.is_some() {
            answer.extend_from_slice(read);
            if !is_whole(&answer, state.protocol) {
                continue;
            }
            state.sprung.fetch_add(1, Ordering::SeqCst);
            if trick == Some(Trick::DieSilently) {
                dead.store(true, Ordering::SeqCst);
                std::future::pending::<()>().await;
            }
            return;
        }
    }
}

/// Whether the server has answered and so performed the statement: on PostgreSQL it is ready for the next one.
fn is_whole(answer: &[u8], protocol: Protocol) -> bool {
    const READY: &[u8] = b"Z\0\0\0\x05";
    protocol == Protocol::MySql || answer.windows(READY.len()).any(|bytes| bytes == READY)
}

/// Reads a client's messages and looks for the trap's statement in them.
struct Watcher {
    /// PostgreSQL's first message has no letter before its length.
    begun: bool,
    /// The trap's statement has been prepared on this connection.
    prepared: bool,
}

impl Watcher {
    async fn read(&mut self, from: &mut OwnedReadHalf, protocol: Protocol) -> Option<Vec<u8>> {
        let head = match protocol {
            Protocol::MySql => 4,
            Protocol::Postgres => 4 + usize::from(self.begun),
        };
        let mut message = vec![0; head];
        from.read_exact(&mut message).await.ok()?;
        let length = match protocol {
            Protocol::MySql => u32::from_le_bytes([message[0], message[1], message[2], 0]),
            Protocol::Postgres => u32::from_be_bytes(message[head - 4..].try_into().ok()?).checked_sub(4)?,
        };
        self.begun = true;
        let whole = head + usize::try_from(length).ok()?;
        message.resize(whole, 0);
        from.read_exact(&mut message[head..]).await.ok()?;
        Some(message)
    }

    /// Whether this message makes the server perform the trap's statement.
    fn springs(&mut self, message: &[u8], state: &State) -> bool {
        let Some(statement) = state.trap.lock().unwrap().as_ref().map(|trap| trap.statement.as_bytes()) else {
            return false;
        };
        let (letter, text) = match state.protocol {
            Protocol::MySql => (message.get(4).copied(), message.get(5..)),
            Protocol::Postgres => (message.first().copied(), message.get(5..)),
        };
        let (Some(letter), Some(text)) = (letter, text) else { return false };
        match (state.protocol, letter) {
            (Protocol::MySql, COM_QUERY) | (Protocol::Postgres, b'Q') => text.starts_with(statement),
            (Protocol::MySql, COM_STMT_PREPARE) => {
                self.prepared |= text.starts_with(statement);
                false
            }
            // The name of the statement, then its text.
            (Protocol::Postgres, b'P') => {
                let text = text.iter().position(|byte| *byte == 0).map_or(text, |end| &text[end + 1..]);
                self.prepared |= text.starts_with(statement);
                false
            }
            // After Bind, PostgreSQL gets the rest up to Sync in one go.
            (Protocol::MySql, COM_STMT_EXECUTE) | (Protocol::Postgres, b'B') => self.prepared,
            _ => false,
        }
    }
}
