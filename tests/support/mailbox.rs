//! Where the mails of a test arrive: the folder of `.eml` files that development writes instead of sending.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

/// The API answers before the mail is written.
const LONGEST: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(20);
/// A one-time token: `ks1_` and 32 bytes in base64url.
const TOKEN_CHARACTERS: usize = 47;

pub struct Mailbox {
    folder: tempfile::TempDir,
    /// Tokens that were taken out already.
    taken: Mutex<HashSet<String>>,
}

impl Mailbox {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), taken: Mutex::default() }
    }

    /// As `MAIL_DIR` takes it.
    pub fn folder(&self) -> String {
        self.folder.path().display().to_string()
    }

    /// The token in a mail to this address that nobody has taken out before. Waits for it.
    pub async fn token(&self, recipient: &str) -> String {
        let began = std::time::Instant::now();
        while began.elapsed() < LONGEST {
            for token in self.mails(recipient).iter().filter_map(|mail| token_in(mail)) {
                if self.taken.lock().unwrap().insert(token.clone()) {
                    return token;
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
        panic!("no mail with a token to {recipient}: {:?}", self.mails(recipient));
    }

    /// What has arrived for this address so far, decoded.
    pub fn mails(&self, recipient: &str) -> Vec<String> {
        let mails = self.files().into_iter().filter_map(|path| std::fs::read(path).ok());
        let mails = mails.map(|bytes| decoded(&String::from_utf8_lossy(&bytes)));
        mails.filter(|mail| mail.lines().any(|line| line.starts_with("To:") && line.contains(recipient))).collect()
    }

    fn files(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|end| end == "eml")).collect();
        files.sort();
        files
    }
}

/// Quoted-printable (RFC 2045, section 6.7) as far as a link needs it.
fn decoded(mail: &str) -> String {
    mail.replace("=\r\n", "").replace("=\n", "").replace("=3D", "=").replace("=5F", "_")
}

fn token_in(mail: &str) -> Option<String> {
    let at = mail.find("ks1_")?;
    mail.get(at..at + TOKEN_CHARACTERS).map(str::to_owned)
}
