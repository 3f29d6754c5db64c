//! Over TLS: an issuer whose certificate the system trusts is believed, any other is not.
//!
//! What the system trusts is read from `SSL_CERT_FILE` when a client is made, so the second half runs in a process of
//! its own.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Command;
use std::sync::Arc;

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::json;

use super::*;
use crate::certificates::Certificates;

const ISSUER: &str = "TEST_TLS_ISSUER";

/// Metadata for whoever gets so far, on a thread that ends with the tests.
fn serve(config: Arc<ServerConfig>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let metadata = json!({
        "issuer": url,
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"),
        "jwks_uri": format!("{url}/jwks"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    });
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let tls = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(tls, stream.unwrap());
            // Who does not trust the certificate ends here.
            if stream.read(&mut [0; 4_096]).is_ok() {
                let (body, json) = (metadata.to_string(), "content-type: application/json\r\nconnection: close");
                let length = body.len();
                let _ = write!(stream, "HTTP/1.1 200 OK\r\n{json}\r\ncontent-length: {length}\r\n\r\n{body}");
            }
        }
    });
    url
}

#[actix_web::test]
async fn only_who_can_prove_their_name_is_believed() {
    let certificates = Certificates::make();
    let url = serve(certificates.server());
    assert_eq!(authorize(&door(settings(vec![issuer("acme", &url)])), "acme").await, Err(OauthError::Unreachable));
    let mut trusting = Command::new(std::env::current_exe().unwrap());
    trusting.args(["--ignored", "--exact", "oauth::tls::trusting"]);
    let output = trusting.env("SSL_CERT_FILE", certificates.authority()).env(ISSUER, url).output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && told.contains("1 passed"), "{told}");
}

#[actix_web::test]
#[ignore = "run by the test above, in a process that trusts its authority"]
#[expect(clippy::disallowed_methods, reason = "the way in which the other process tells its port")]
async fn trusting() {
    let Ok(url) = std::env::var(ISSUER) else { return };
    let door = door(settings(vec![issuer("acme", &url)]));
    assert!(authorize(&door, "acme").await.unwrap().as_str().starts_with(&format!("{url}/authorize?")));
}
