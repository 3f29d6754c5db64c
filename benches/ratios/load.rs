//! The load generator: clients in a closed loop, each with one keep-alive connection of HTTP/1.1.
//!
//! It shares the cores with the server, so it is lean, and it tells what processor time it took for itself: that time the
//! server could not have had.

#![expect(clippy::expect_used, reason = "a benchmark whose connection breaks has nothing to say")]

use std::fs;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::ops::Range;
use std::process::id as own_id;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::net::TcpStream;

use crate::child::Server;
use crate::ratio::cores;

/// Our answers are below 4 KiB.
const ANSWER_BYTES_MAX: usize = 16 * 1024;
/// `USER_HZ`, in which Linux tells processor time to programs, whatever its own clock is.
const TICKS_PER_SECOND: f64 = 100.0;

/// Somebody who asks again as soon as there is an answer.
pub trait Client: Send {
    fn request(&self) -> &[u8];
    /// The body of the answer, which was a success.
    fn hear(&mut self, answer: &[u8], body: &[u8]);
}

/// Always asks the same.
pub struct Fixed(pub Vec<u8>);

impl Client for Fixed {
    fn request(&self) -> &[u8] {
        &self.0
    }

    fn hear(&mut self, _: &[u8], _: &[u8]) {}
}

/// What a load came to.
#[derive(Clone, Copy)]
pub struct Load {
    /// Answers a second.
    pub rate: f64,
    /// The part of the cores' time that the generator did not take for itself.
    pub left_over: f64,
    /// Processor time of the server for one answer, in microseconds.
    pub server_micros: f64,
}

impl Load {
    /// Answers a second of the whole machine without the generator.
    pub fn discounted(self) -> f64 {
        self.rate / self.left_over
    }
}

/// Every client asks at least once, and again until `span` is over.
pub fn closed_loop<C: Client>(server: &Server, clients: &mut [C], span: Duration) -> Load {
    let per_thread = clients.len().div_ceil(cores());
    let start = Barrier::new(clients.chunks(per_thread).len() + 1);
    thread::scope(|scope| {
        let run = |clients| scope.spawn(|| thread_of_clients(server.address, clients, span, &start));
        let running: Vec<_> = clients.chunks_mut(per_thread).map(run).collect();
        start.wait();
        let (began, ours, theirs) = (Instant::now(), cpu_seconds(own_id()), cpu_seconds(server.id()));
        let answers: u32 = running.into_iter().map(|thread| thread.join().expect("a thread of clients")).sum();
        let (seconds, answers) = (began.elapsed().as_secs_f64(), f64::from(answers));
        let (ours, theirs) = (cpu_seconds(own_id()) - ours, cpu_seconds(server.id()) - theirs);
        let all = f64::from(u16::try_from(cores()).unwrap_or(u16::MAX)) * seconds;
        Load { rate: answers / seconds, left_over: 1.0 - ours / all, server_micros: theirs * 1e6 / answers }
    })
}

fn thread_of_clients<C: Client>(address: SocketAddr, clients: &mut [C], span: Duration, start: &Barrier) -> u32 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().expect("a runtime");
    runtime.block_on(async {
        let connections = join_all(clients.iter().map(|_| Connection::open(address))).await;
        start.wait();
        let end = Instant::now() + span;
        let asking = clients.iter_mut().zip(connections).map(async |(client, mut connection)| {
            let mut answers = 0_u32;
            while answers == 0 || Instant::now() < end {
                let (answer, body) = connection.exchange(client.request()).await;
                client.hear(answer, body);
                answers += 1;
            }
            answers
        });
        join_all(asking).await.into_iter().sum()
    })
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("a connection");
        stream.set_nodelay(true).expect("a socket option");
        Self { stream, buffer: vec![0; ANSWER_BYTES_MAX] }
    }

    /// The whole answer, and its body.
    async fn exchange(&mut self, request: &[u8]) -> (&[u8], &[u8]) {
        // Far smaller than a socket's buffer, which is empty: the answer to the request before has come.
        let written = self.stream.try_write(request).expect("a request is sent");
        assert_eq!(written, request.len(), "a request is sent at once");
        let mut filled = 0;
        loop {
            self.stream.readable().await.expect("a connection");
            match self.stream.try_read(&mut self.buffer[filled..]) {
                Ok(0) => panic!("the server hung up"),
                Ok(more) => filled += more,
                Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
                Err(error) => panic!("no answer: {error}"),
            }
            if let Some(body) = body_of(&self.buffer[..filled]) {
                return (&self.buffer[..body.end], &self.buffer[body]);
            }
        }
    }
}

/// Where the body stands, once it is there.
fn body_of(answer: &[u8]) -> Option<Range<usize>> {
    let begin = find(answer, b"\r\n\r\n")? + 4;
    assert!(answer.starts_with(b"HTTP/1.1 2"), "{}", String::from_utf8_lossy(answer));
    let length = find(&answer[..begin], b"content-length: ").expect("a Content-Length") + 16;
    let digits = answer[length..].iter().take_while(|byte| byte.is_ascii_digit());
    let end = begin + digits.fold(0, |number, &digit| number * 10 + usize::from(digit - b'0'));
    (answer.len() >= end).then_some(begin..end)
}

/// In wide steps: an answer has some seven hundred bytes of headers, and looking through them one by one took the generator
/// more time than all else that it does.
fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    memchr::memmem::find(text, part)
}

/// Of a process so far. Where it cannot be told nothing is discounted, which is only stricter.
fn cpu_seconds(process_id: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{process_id}/stat")).unwrap_or_default();
    // The second field, a name in parentheses, may hold spaces; user and system time are the fields 14 and 15.
    let after_name = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks = after_name.split_ascii_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok());
    ticks.sum::<f64>() / TICKS_PER_SECOND
}
