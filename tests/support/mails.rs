//! The mail that the nodes on one database have written into files, read as a mail program reads it.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, Weak};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// The mailer is woken at once; two busy cores may keep it waiting.
const PATIENCE: Duration = Duration::from_secs(15);
const PACE: Duration = Duration::from_millis(10);

/// A mail with its two forms.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Of the letter, as in `reset_password`; empty where no file name tells.
    pub kind: String,
    pub headers: HashMap<String, String>,
    pub text: String,
    pub html: String,
}

impl Mail {
    /// Of RFC 5322, with the two parts of `multipart/alternative`. Names of headers are in lower case.
    pub fn parse(source: &str) -> Self {
        let (headers, body) = entity(source);
        let content_type = &headers["content-type"];
        let boundary = content_type.split("boundary=\"").nth(1).unwrap().split('"').next().unwrap();
        let delimiter = format!("--{boundary}");
        let parts: Vec<(HashMap<String, String>, &str)> =
            body.split(&delimiter).skip(1).take(2).map(|part| entity(part.trim_start())).collect();
        let part = |wanted: &str| {
            let found = parts.iter().find(|(headers, _)| headers["content-type"].starts_with(wanted));
            let (headers, body) = found.unwrap_or_else(|| panic!("no {wanted} in {source}"));
            decoded(headers.get("content-transfer-encoding").map_or("7bit", String::as_str), body)
        };
        Self { kind: String::new(), text: part("text/plain"), html: part("text/html"), headers }
    }

    pub fn to(&self) -> &str {
        &self.headers["to"]
    }

    pub fn subject(&self) -> &str {
        &self.headers["subject"]
    }

    /// The one-time token in its text.
    pub fn token(&self) -> String {
        let at = self.text.find("ks1_").unwrap_or_else(|| panic!("no token in {}", self.text));
        let is_token = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
        self.text[at..].chars().take_while(|letter| is_token(*letter)).collect()
    }

    /// The first address of a page in its text.
    pub fn link(&self) -> String {
        let found = self.text.split_whitespace().find(|word| word.contains("://"));
        found.unwrap_or_else(|| panic!("no link in {}", self.text)).to_owned()
    }
}

/// Headers and body.
fn entity(source: &str) -> (HashMap<String, String>, &str) {
    let (head, body) = source.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no body in {source:?}"));
    let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    let headers = unfolded.lines().filter_map(|line| line.split_once(':'));
    (headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect(), body)
}

fn decoded(encoding: &str, body: &str) -> String {
    let bytes = match encoding {
        "base64" => BASE64_STANDARD.decode(body.split_whitespace().collect::<String>()).unwrap(),
        "quoted-printable" => quoted_printable(body),
        _ => body.as_bytes().to_vec(),
    };
    String::from_utf8(bytes).unwrap().replace("\r\n", "\n")
}

/// RFC 2045, section 6.7.
fn quoted_printable(body: &str) -> Vec<u8> {
    let joined = body.replace("=\r\n", "");
    let mut pieces = joined.split('=');
    let mut bytes = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        let (code, rest) = piece.split_at(2);
        bytes.push(u8::from_str_radix(code, 16).unwrap());
        bytes.extend(rest.as_bytes());
    }
    bytes
}

/// Where the mail of all nodes on one database goes: whichever of them comes first sends it.
pub struct Mailbox {
    folder: tempfile::TempDir,
    /// Names of files that a test was given.
    handed_out: Mutex<BTreeSet<String>>,
}

static MAILBOXES: LazyLock<Mutex<HashMap<String, Weak<Mailbox>>>> = LazyLock::new(Mutex::default);

impl Mailbox {
    pub fn of(database_url: &str) -> Arc<Self> {
        let mut all = MAILBOXES.lock().unwrap();
        if let Some(known) = all.get(database_url).and_then(Weak::upgrade) {
            return known;
        }
        let new = Arc::new(Self { folder: tempfile::tempdir().unwrap(), handed_out: Mutex::default() });
        all.insert(database_url.to_owned(), Arc::downgrade(&new));
        new
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Everything that was sent, the oldest first.
    pub fn all(&self) -> Vec<Mail> {
        self.names().iter().map(|name| self.read(name)).collect()
    }

    /// The next mail of this kind to this address: each is handed out once. Waits until it is there.
    pub async fn next(&self, address: &str, kind: &str) -> Mail {
        let began = Instant::now();
        let ending = format!("-{kind}.eml");
        loop {
            for name in self.names().into_iter().filter(|name| name.ends_with(&ending)) {
                if self.handed_out.lock().unwrap().contains(&name) {
                    continue;
                }
                let mail = self.read(&name);
                if mail.to() == address && self.handed_out.lock().unwrap().insert(name) {
                    return mail;
                }
            }
            assert!(began.elapsed() < PATIENCE, "no {kind} for {address} among {:?}", self.names());
            tokio::time::sleep(PACE).await;
        }
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.filter(|name| name.starts_with(|first: char| first != '.')).collect();
        names.sort();
        names
    }

    fn read(&self, name: &str) -> Mail {
        let source = std::fs::read_to_string(self.folder().join(name)).unwrap();
        let kind = name.trim_end_matches(".eml").rsplit('-').next().unwrap();
        Mail { kind: kind.to_owned(), ..Mail::parse(&source) }
    }
}
