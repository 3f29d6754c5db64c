//! `healthcheck`.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use super::row::{Json, Leaf, NOTHING, asked, misuse};

pub const LEAVES: &[Leaf] = &[Leaf {
    path: "healthcheck",
    without_database: None,
    prepare: NOTHING,
    misuses: &[
        misuse(&[], 2, "--url"),
        misuse(&["--url", "https://127.0.0.1"], 2, "--url must be http://"),
        misuse(&["--url", "http://127.0.0.1:1"], 7, "does not answer"),
    ],
    json: Json::Flag(|_| {
        let url = answering(&["200 OK", "503 Service Unavailable"]);
        vec![asked(["--url", &url]), asked(["--url", &url]).code(1)]
    }),
}];

/// Where somebody answers one request after the other with these.
fn answering(answers: &'static [&'static str]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let _heard = stream.read(&mut [0; 1024]).unwrap();
            write!(stream, "HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n").unwrap();
        }
    });
    url
}
