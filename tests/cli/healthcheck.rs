//! `healthcheck`: over TCP, over a Unix socket, and where nobody answers.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use crate::program::Program;

#[test]
fn a_server_that_is_ready_is_found_by_its_address() {
    let program = Program::new();
    let server = program.serve(&[]);
    assert_eq!(program.until_ready(&["--url", &server.url]), "ready\n");
    assert_eq!(program.ok(&["healthcheck", "--url", &format!("{}/livez", server.url)]), "ready\n");
    let wrong = program.run(&["healthcheck", "--url", &format!("{}/nowhere", server.url)]);
    assert!(wrong.code == 1 && wrong.err.contains("404"), "{wrong:?}");
}

#[test]
fn the_listener_of_the_configuration_is_asked_a_socket_too() {
    let program = Program::new().with("LISTEN", "unix:app.socket").with("PUBLIC_URL", "http://localhost");
    let ran = program.run(&["healthcheck"]);
    assert!(ran.code == 7 && ran.err.contains("app.socket"), "{ran:?}");
    let _server = program.serve(&[]);
    assert_eq!(program.until_ready(&[]), "ready\n");
}

#[test]
fn nobody_there_and_no_way_to_ask() {
    let program = Program::new();
    let ran = program.run(&["healthcheck", "--url", "http://127.0.0.1:1"]);
    assert!(ran.code == 7 && ran.err.contains("127.0.0.1:1 "), "{ran:?}");
    let ran = program.run(&["healthcheck"]);
    assert!(ran.code == 2 && ran.err.contains("port 0"), "{ran:?}");
    for url in ["https://127.0.0.1", "nonsense", "file:///etc/passwd"] {
        assert_eq!(program.run(&["healthcheck", "--url", url]).code, 2, "{url}");
    }
}

#[test]
fn a_server_that_is_not_ready_is_told_with_its_own_words() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            request.extend(byte);
        }
        stream.write_all(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 8\r\n\r\ndraining").unwrap();
        String::from_utf8(request).unwrap()
    });
    let ran = Program::new().run(&["healthcheck", "--url", &url]);
    assert!(ran.code == 1 && ran.err.contains("503: draining"), "{ran:?}");
    assert!(server.join().unwrap().starts_with("GET /readyz HTTP/1.1\r\n"));
}
