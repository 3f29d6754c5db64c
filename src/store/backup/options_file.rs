//! How the programs of MySQL and MariaDB learn the address and the password: by a file of mode 0600 that is gone afterwards.
//! An argument could be read by every user of the machine.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};

use super::error::BackupError;
use crate::config::database::{ServerAddress, TlsMode};
use crate::private_files::{self, Lasts};

pub(super) struct OptionsFile(PathBuf);

impl OptionsFile {
    /// Beside `place`, which is a folder of the operator's.
    pub(super) fn write(address: &ServerAddress, is_mariadb: bool, place: &Path) -> Result<Self, BackupError> {
        let name = format!(".keystead.{}.cnf", uuid::Uuid::new_v4());
        let path = private_files::folder_of(place).join(name);
        let text = text(address, is_mariadb).ok_or(BackupError::Unquotable)?;
        private_files::replace(&path, text.expose_secret().as_bytes(), Lasts::No).map_err(BackupError::file(&path))?;
        Ok(Self(path))
    }

    pub(super) fn argument(&self) -> String {
        format!("--defaults-file={}", self.0.display())
    }
}

impl Drop for OptionsFile {
    fn drop(&mut self) {
        if let Err(cause) = std::fs::remove_file(&self.0) {
            tracing::warn!(path = %self.0.display(), %cause, "a file with the database's password is left behind");
        }
    }
}

/// `None` where something cannot be said in such a file.
fn text(address: &ServerAddress, is_mariadb: bool) -> Option<SecretString> {
    let mut text = "[client]\n".to_owned();
    let mut line = |name: &str, value: &str| {
        let value = quoted(value)?;
        writeln!(text, "{name} = {value}").ok()
    };
    line("user", &address.username)?;
    line("password", address.password.expose_secret())?;
    if let Some(socket) = &address.socket {
        line("socket", socket.to_str()?)?;
    } else {
        line("protocol", "tcp")?;
        line("host", &address.host)?;
        line("port", &address.port.to_string())?;
    }
    if let Some(authority) = &address.tls_ca {
        line("ssl-ca", authority.to_str()?)?;
    }
    text.push_str(match (address.tls, is_mariadb) {
        (TlsMode::Disabled, true) => "skip-ssl\n",
        // MariaDB's programs know no "preferred"; since 11.4 they take TLS wherever the server has it.
        (TlsMode::Preferred, true) => "",
        (TlsMode::Required, true) => "ssl\n",
        (TlsMode::Verify, true) => "ssl\nssl-verify-server-cert\n",
        (TlsMode::Disabled, false) => "ssl-mode = DISABLED\n",
        (TlsMode::Preferred, false) => "ssl-mode = PREFERRED\n",
        (TlsMode::Required, false) => "ssl-mode = REQUIRED\n",
        (TlsMode::Verify, false) => "ssl-mode = VERIFY_IDENTITY\n",
    });
    Some(SecretString::from(text))
}

/// In double quotes, where `\\` and `\"` are what they are in C. A control character is in no name and in no password
/// that somebody typed.
fn quoted(text: &str) -> Option<String> {
    if text.chars().any(char::is_control) {
        return None;
    }
    Some(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn address(password: &str) -> ServerAddress {
        ServerAddress {
            host: "db.example".to_owned(),
            port: 3306,
            database: "keystead".to_owned(),
            username: "key".to_owned(),
            password: SecretString::from(password),
            tls: TlsMode::Verify,
            tls_ca: None,
            socket: None,
        }
    }

    #[test]
    fn it_is_its_owners_alone_and_gone_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let file = OptionsFile::write(&address("p#a\"s\\s w"), true, &folder.path().join("dump")).unwrap();
        let text = std::fs::read_to_string(&file.0).unwrap();
        assert!(text.contains("password = \"p#a\\\"s\\\\s w\"\n") && text.contains("ssl-verify-server-cert"), "{text}");
        assert_eq!(file.0.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        drop(file);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_cannot_be_said_is_refused_and_the_kinds_have_their_own_words() {
        assert!(text(&address("a\nssl-mode = DISABLED"), false).is_none());
        assert!(text(&address("x"), false).unwrap().expose_secret().contains("ssl-mode = VERIFY_IDENTITY\n"));
        let socket = ServerAddress { socket: Some("/run/db".into()), ..address("x") };
        let text = text(&socket, true).unwrap();
        assert!(text.expose_secret().contains("socket = \"/run/db\"\n") && !text.expose_secret().contains("host"));
    }
}
