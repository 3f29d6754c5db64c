//! A Keystead that is there already. What the run has to know of it stands in a file, since arguments can be read by
//! everybody on the machine.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;

use super::{Node, ServiceClient};

/// The file named with `--credentials`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    client_id: String,
    client_secret: String,
    /// How many of the people that `loadtests people` writes were imported.
    pub people: usize,
}

impl Credentials {
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is not as --help describes it", path.display()))
    }

    pub fn client(&self) -> ServiceClient {
        ServiceClient { id: self.client_id.clone(), secret: self.client_secret.clone() }
    }
}

/// Only this machine, unless it is said that another one may be loaded: a load test is an attack on whoever did not ask
/// for it.
pub fn node(url: &str, elsewhere_too: bool) -> anyhow::Result<Node> {
    let Some(authority) = url.strip_prefix("http://") else {
        bail!("{url}: only http:// is spoken; measure behind what ends TLS, or bring the generator there");
    };
    let authority = authority.trim_end_matches('/');
    let addresses: Vec<SocketAddr> =
        authority.to_socket_addrs().with_context(|| format!("{authority} is no host:port"))?.collect();
    ensure!(
        elsewhere_too || addresses.iter().all(|address| address.ip().is_loopback()),
        "{url} is another machine's: say --elsewhere where you may load it"
    );
    let address = *addresses.first().with_context(|| format!("{authority} has no address"))?;
    Ok(Node { address, process: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_loaded_unasked() {
        assert!(node("http://127.0.0.1:8080/", false).is_ok());
        assert!(node("http://192.0.2.1:8080", false).is_err());
        assert!(node("http://192.0.2.1:8080", true).is_ok());
        assert!(node("https://127.0.0.1:8443", true).is_err());
    }
}
