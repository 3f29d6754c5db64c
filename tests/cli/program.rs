//! The program in a folder and an environment of its own. What it starts is killed when its handle is dropped.

use std::fs::DirBuilder;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// Far more than anything takes here; a test that waits for it has failed.
const PATIENCE: Duration = Duration::from_secs(30);
/// 43 characters of no meaning.
pub const SECRET_KEY: &str = "Zq3vX8mB1nK5tR7yU9wE2aS4dF6gH0jL-pO_iCxVbNq";

/// What a run left behind.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// Where commands run, and with which settings. Nothing of the surroundings of the tests is handed on.
pub struct Program {
    folder: TempDir,
    settings: Vec<(String, String)>,
}

impl Program {
    pub fn new() -> Self {
        let usual = [("LISTEN", "127.0.0.1:0"), ("OPS_LISTEN", "127.0.0.1:0"), ("HASH_MEMORY_KIB", "8")];
        let settings = usual.into_iter().chain([("HASH_ITERATIONS", "1")]);
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self { folder: tempfile::tempdir().unwrap(), settings }
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Another one, with the same settings and a copy of what lies in its data folder; nothing may be running on it.
    pub fn copy(&self) -> Self {
        let copy = Self { folder: tempfile::tempdir().unwrap(), settings: self.settings.clone() };
        DirBuilder::new().mode(0o700).create(copy.path("data")).unwrap();
        for entry in std::fs::read_dir(self.path("data")).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), copy.path("data").join(entry.file_name())).unwrap();
        }
        copy
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.folder().join(path)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keystead"));
        command.args(arguments).current_dir(self.folder()).env_clear();
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Starts what ends by itself, and is watched meanwhile. Nobody hears what it says.
    pub fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with_input(arguments, "")
    }

    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> Ran {
        let mut child = self.command(arguments).spawn().unwrap();
        // A program that does not read has closed its end, which is no failure of the test.
        let _unread = child.stdin.take().unwrap().write_all(input.as_bytes());
        let mut guard = Guard(child);
        let out = drained(guard.0.stdout.take().unwrap());
        let err = drained(guard.0.stderr.take().unwrap());
        let status = guard.wait();
        Ran { code: status.code().unwrap_or(-1), out: out.join().unwrap(), err: err.join().unwrap() }
    }

    /// Runs what must succeed.
    pub fn ok(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {ran:?}");
        ran.out
    }

    /// `healthcheck` with these arguments, until what it asks is ready: a server listens a moment before that.
    pub fn until_ready(&self, arguments: &[&str]) -> String {
        let began = Instant::now();
        loop {
            let ran = self.run(&[&["healthcheck"], arguments].concat());
            if ran.code == 0 {
                return ran.out;
            }
            assert!(ran.code == 1 && began.elapsed() < PATIENCE, "{ran:?}");
        }
    }

    /// Starts `serve` and waits until it says where it listens.
    pub fn serve(&self, arguments: &[&str]) -> Server {
        let arguments = [&["serve"], arguments].concat();
        let mut child = self.command(&arguments).spawn().unwrap();
        let err = drained(child.stderr.take().unwrap());
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut guard = Guard(child);
        let (mut said, mut url, mut ops) = (String::new(), None, None);
        while url.is_none() || ops.is_none() {
            let mut line = String::new();
            if out.read_line(&mut line).unwrap() == 0 {
                let status = guard.wait();
                panic!("it ended ({status}) before it served\n{said}\n{}", err.join().unwrap());
            }
            let after = |mark: &str| line.split_once(mark).map(|(_, url)| url.trim().to_owned());
            url = url.or_else(|| after(" listens on "));
            ops = ops.or_else(|| after("Operators: "));
            said.push_str(&line);
        }
        let (url, ops) = (url.unwrap(), ops.unwrap());
        Server { guard, url, ops, said, rest: Some(out), err: Some(err) }
    }
}

pub struct Server {
    guard: Guard,
    pub url: String,
    pub ops: String,
    said: String,
    rest: Option<BufReader<ChildStdout>>,
    err: Option<JoinHandle<String>>,
}

impl Server {
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.guard.0), signal).unwrap();
    }

    /// What it prints from now on meets a closed pipe.
    pub fn close_output(&mut self) {
        self.rest = None;
    }

    pub fn is_running(&mut self) -> bool {
        self.guard.0.try_wait().unwrap().is_none()
    }

    /// Waits for its end.
    pub fn ended(mut self) -> Ran {
        let status = self.guard.wait();
        if let Some(mut rest) = self.rest.take() {
            rest.read_to_string(&mut self.said).unwrap();
        }
        let err = self.err.take().unwrap().join().unwrap();
        Ran { code: status.code().unwrap_or(-1), out: self.said, err }
    }

    pub fn stop(self) -> Ran {
        self.signal(Signal::TERM);
        self.ended()
    }
}

struct Guard(Child);

impl Guard {
    fn wait(&mut self) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status;
            }
            assert!(began.elapsed() < PATIENCE, "it has not ended within {PATIENCE:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // It may have ended already; both calls then say so, and that is all that is wanted.
        let _ended = self.0.kill();
        let _reaped = self.0.wait();
    }
}

/// Reads to the end on a thread of its own, so that a full pipe holds nobody up.
fn drained(mut stream: impl std::io::Read + Send + 'static) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    })
}
