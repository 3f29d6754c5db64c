//! How to make the first administrator, said at the start of a server that has none.
//!
//! The one-time token goes into a file that only the operator can read; what is printed is where that file is.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use secrecy::ExposeSecret as _;

use super::local_address::reachable;
use super::node::Node;
use super::terminal::mention;
use crate::config::Config;
use crate::config::listener::Listener;
use crate::domain::clock::Deadline;
use crate::domain::secret_token::SecretToken;
use crate::flows::offer_set_up::offer_set_up;
use crate::private_files::{self, Lasts};

const FILE: &str = "setup.token";
/// Two units of work, with the time that the database's door allows each.
const PATIENCE: Duration = Duration::from_secs(5);

/// Makes the offer, or takes an old one's file away where there is an administrator. A server that cannot make it serves
/// all the same: there is `create-admin`.
pub async fn make(config: &Config, node: &Node) {
    let folder = &config.database.data_dir;
    match offer_set_up(&node.context, Deadline::within(PATIENCE)).await {
        Ok(Some(token)) => match write(folder, &token) {
            Ok(()) => mention(instructions(node.app(), &folder.join(FILE))),
            Err(cause) => {
                tracing::warn!(folder = %folder.display(), %cause, "the set-up token cannot be written");
                mention("There is no administrator yet: keystead db create-admin --email you@example.com");
            }
        },
        Ok(None) => take_away(&folder.join(FILE)),
        Err(cause) => tracing::warn!(%cause, "whether there is an administrator could not be found out"),
    }
}

/// No newline ends it, so that its content is the token and nothing else.
fn write(folder: &Path, token: &SecretToken) -> io::Result<()> {
    private_files::make_folder(folder)?;
    private_files::replace(&folder.join(FILE), token.secret().expose_secret().as_bytes(), Lasts::Yes)
}

fn take_away(path: &Path) {
    match fs::remove_file(path) {
        Ok(()) => tracing::info!(path = %path.display(), "removed a set-up token that is of no more use"),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => {}
        Err(cause) => tracing::warn!(path = %path.display(), %cause, "an old set-up token cannot be removed"),
    }
}

fn instructions(app: &Listener, token: &Path) -> String {
    let token = in_shell(&token.display().to_string());
    let address = match app {
        Listener::Tcp(address) => format!("http://{}/v1/setup", reachable(*address)),
        Listener::Unix(path) => {
            format!("--unix-socket {} http://localhost/v1/setup", in_shell(&path.display().to_string()))
        }
    };
    format!(
        r"
There is no administrator yet. Make the first one with

  keystead db create-admin --email you@example.com

or, within a day, with the one-time token in {token} (needs jq and curl):

  read -rsp 'Password: ' PASSWORD && export PASSWORD
  jq -n --rawfile token {token} --arg email you@example.com \
     '{{token: $token, email: $email, password: env.PASSWORD}}' |
    curl -sS -H 'Content-Type: application/json' -d @- {address}
"
    )
}

/// As one word for a shell.
fn in_shell(text: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-:".contains(letter);
    if text.chars().all(is_plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_new_token_replaces_the_old_one_and_leaves_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("data");
        let (first, second) = (SecretToken::random(), SecretToken::random());
        write(&folder, &first).unwrap();
        write(&folder, &second).unwrap();
        let path = folder.join(FILE);
        assert_eq!(fs::read_to_string(&path).unwrap(), second.secret().expose_secret());
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        take_away(&path);
        take_away(&path);
        assert!(!path.exists());
    }

    #[test]
    fn the_instructions_can_be_pasted_whatever_the_folder_is_called() {
        let text = instructions(&Listener::Tcp("0.0.0.0:8080".parse().unwrap()), Path::new("it's data/setup.token"));
        assert!(text.contains(r"--rawfile token 'it'\''s data/setup.token' "), "{text}");
        assert!(text.contains("http://127.0.0.1:8080/v1/setup"), "{text}");
        let text = instructions(&Listener::Unix("/run/ks".into()), Path::new("data/setup.token"));
        assert!(text.contains("-d @- --unix-socket /run/ks http://localhost/v1/setup"), "{text}");
    }
}
