//! An authority of a test's own, and a certificate of it for `localhost`, made by the `openssl` command line.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// What a new key is made by.
const NEW_KEY: [&str; 5] = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

pub struct Certificates {
    folder: tempfile::TempDir,
}

impl Certificates {
    pub fn make() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let openssl = |arguments: &[&str]| {
            let output = Command::new("openssl").args(arguments).current_dir(&folder).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        };
        let authority = ["req", "-x509", "-subj", "/CN=test", "-days", "2", "-keyout", "ca.key", "-out", "ca.pem"];
        openssl(&[&authority[..], &NEW_KEY, &["-addext", "keyUsage=critical,keyCertSign"]].concat());
        let names = "subjectAltName=DNS:localhost,IP:127.0.0.1";
        let request = ["req", "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr"];
        let extensions = ["-addext", names, "-addext", "extendedKeyUsage=serverAuth"];
        openssl(&[&request[..], &NEW_KEY, &extensions].concat());
        let sign = ["x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"];
        openssl(&[&sign[..], &["-days", "2", "-copy_extensions", "copy", "-out", "server.pem"]].concat());
        Self { folder }
    }

    /// The authority's certificate.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    pub fn server(&self) -> Arc<ServerConfig> {
        let read = |name: &str| std::fs::read(Path::new(self.folder.path()).join(name)).unwrap();
        let chain = vec![CertificateDer::from_pem_slice(&read("server.pem")).unwrap()];
        let key = PrivateKeyDer::from_pem_slice(&read("server.key")).unwrap();
        let builder = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        Arc::new(builder.with_single_cert(chain, key).unwrap())
    }
}
