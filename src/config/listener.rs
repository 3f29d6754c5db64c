//! Where a server listens: a TCP address, or a socket in the file system.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listener {
    /// Port 0 lets the system choose one.
    Tcp(SocketAddr),
    Unix(PathBuf),
}

impl Listener {
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix("unix:") {
            Some("") => None,
            Some(path) => Some(Self::Unix(PathBuf::from(path))),
            None => text.parse().ok().map(Self::Tcp),
        }
    }

    /// Whether two of them cannot both be open. (Port 0 never collides.)
    pub(super) fn collides_with(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Tcp(one), Self::Tcp(two)) => {
                let everywhere = one.ip().is_unspecified() || two.ip().is_unspecified();
                one.port() != 0 && one.port() == two.port() && (everywhere || one.ip() == two.ip())
            }
            (Self::Unix(one), Self::Unix(two)) => one == two,
            (Self::Tcp(_), Self::Unix(_)) | (Self::Unix(_), Self::Tcp(_)) => false,
        }
    }

    /// Whether only this machine can reach it.
    #[must_use]
    pub fn is_local(&self) -> bool {
        match self {
            Self::Tcp(address) => address.ip().is_loopback(),
            Self::Unix(_) => true,
        }
    }
}

impl fmt::Display for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}
