use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::test::TestRequest;
use proptest::prelude::*;

use super::*;

const PROXY: &str = "10.0.0.1:1234";

fn trusted() -> TrustedProxies {
    let nets = ["10.0.0.0/8", "2001:db8:ffff::/48"];
    TrustedProxies::new(nets.map(|net| net.parse().unwrap()))
}

fn seen(peer: &str, headers: &[(&'static str, &[u8])]) -> String {
    let mut request = TestRequest::default().app_data(trusted()).peer_addr(peer.parse().unwrap());
    for (name, value) in headers {
        let Ok(value) = HeaderValue::from_bytes(value) else { continue };
        request = request.append_header((HeaderName::from_static(name), value));
    }
    ClientAddress::of(&request.to_http_request()).0.to_string()
}

fn x_forwarded_for(value: &str) -> String {
    seen(PROXY, &[("x-forwarded-for", value.as_bytes())])
}

fn forwarded(value: &str) -> String {
    seen(PROXY, &[("forwarded", value.as_bytes())])
}

#[test]
fn a_peer_that_is_not_trusted_is_the_client_whatever_it_says() {
    assert_eq!(seen("192.0.2.1:9", &[("x-forwarded-for", b"198.51.100.7")]), "192.0.2.1");
    assert_eq!(seen("[::ffff:192.0.2.1]:9", &[("forwarded", b"for=198.51.100.7")]), "192.0.2.1");
    let nobody_named = TestRequest::default().peer_addr(PROXY.parse().unwrap());
    let nobody_named = nobody_named.insert_header(("x-forwarded-for", "198.51.100.7")).to_http_request();
    assert_eq!(ClientAddress::of(&nobody_named).0.to_string(), "10.0.0.1");
}

#[test]
fn the_walk_goes_from_the_right_through_trusted_hops() {
    for (value, client) in [
        ("198.51.100.7", "198.51.100.7"),
        ("1.1.1.1, 198.51.100.7", "198.51.100.7"),
        ("1.1.1.1, 198.51.100.7 , 10.2.3.4", "198.51.100.7"),
        ("10.2.3.4, 10.9.9.9", "10.2.3.4"),
        ("198.51.100.7:443", "198.51.100.7"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]:443, 2001:db8:ffff::5", "2001:db8::1"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
    ] {
        assert_eq!(x_forwarded_for(value), client, "{value}");
    }
    assert_eq!(seen("[::ffff:10.0.0.1]:9", &[("x-forwarded-for", b"198.51.100.7")]), "198.51.100.7");
    let lines: [(&str, &[u8]); 2] = [("x-forwarded-for", b"1.1.1.1"), ("x-forwarded-for", b"198.51.100.7")];
    assert_eq!(seen(PROXY, &lines), "198.51.100.7");
}

#[test]
fn the_standard_header_is_read_as_the_standard_says() {
    for (value, client) in [
        ("for=198.51.100.7", "198.51.100.7"),
        ("For=\"[2001:db8::17]:4711\";proto=https;by=10.0.0.1", "2001:db8::17"),
        ("for=1.1.1.1, FOR=198.51.100.7;host=\"a,b;for=2.2.2.2\", for=10.1.1.1", "198.51.100.7"),
        ("for=\"198.51.100.7:_port\"", "198.51.100.7"),
        ("for=\"198.51.\\100.7\"", "198.51.100.7"),
    ] {
        assert_eq!(forwarded(value), client, "{value}");
    }
}

#[test]
fn where_something_cannot_be_read_the_last_trusted_hop_stands() {
    for value in ["", "unknown", "999.1.1.1", "198.51.100.7:x", "[::1", "fe80::1%eth0", "198.51.100.7,"] {
        assert_eq!(x_forwarded_for(value), "10.0.0.1", "{value}");
    }
    assert_eq!(x_forwarded_for("1.1.1.1, unknown, 10.2.3.4"), "10.2.3.4");
    let open_quote = "for=1.1.1.1;x=\", for=198.51.100.7";
    let run_together = ["for=1.1.1.1 by=a", "for=\"1.1.1.1\"by=a", "for=1.1.1.1;for=2.2.2.2", "for=1.1.1.1 x"];
    for value in ["for=_hidden", "for=unknown", "proto=https", "for=", open_quote].iter().chain(&run_together) {
        assert_eq!(forwarded(value), "10.0.0.1", "{value}");
    }
    // What the client sent as a line of its own spoils nothing of what the proxy added.
    let lines: [(&str, &[u8]); 2] = [("forwarded", b"for=\"1.1.1.1"), ("forwarded", b"for=198.51.100.7")];
    assert_eq!(seen(PROXY, &lines), "198.51.100.7");
    assert_eq!(x_forwarded_for(&format!("198.51.100.7{}", ", 10.1.1.1".repeat(2_000))), "10.0.0.1");
    assert_eq!(x_forwarded_for(&format!("198.51.100.7{}", ", 10.1.1.1".repeat(MOST_HOPS))), "10.1.1.1");
}

#[test]
fn two_headers_must_agree() {
    let both = |standard: &'static [u8]| seen(PROXY, &[("x-forwarded-for", b"198.51.100.7"), ("forwarded", standard)]);
    assert_eq!(both(b"for=198.51.100.7"), "198.51.100.7");
    assert_eq!(both(b"for=203.0.113.9"), "10.0.0.1");
    assert_eq!(both(b"for=unknown"), "10.0.0.1");
}

#[test]
fn a_unix_socket_counts_as_this_machine() {
    let request = |proxies: TrustedProxies| {
        let request = TestRequest::default().app_data(proxies).insert_header(("x-forwarded-for", "198.51.100.7"));
        ClientAddress::of(&request.to_http_request()).0.to_string()
    };
    assert_eq!(request(trusted()), "127.0.0.1");
    assert_eq!(request(TrustedProxies::new(["::1/128".parse().unwrap()])), "198.51.100.7");
    assert_eq!(request(TrustedProxies::new(["::ffff:127.0.0.0/104".parse().unwrap()])), "198.51.100.7");
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        seen(PROXY, &[("x-forwarded-for", &bytes), ("forwarded", &bytes)]);
        seen(PROXY, &[("forwarded", &bytes)]);
    }

    /// The attack: whatever a client sends, the address that its proxy appends is never replaced by a chosen one.
    #[test]
    fn no_client_chooses_its_address(sent in "[ -~]{0,60}", shaped in "(for=1\\.1\\.1\\.1|[;,\"\\\\ =]|for|by){0,12}") {
        for text in [sent, shaped] {
            for appended in ["for=198.51.100.7", "for=\"198.51.100.7:80\";host=\"a\"", "proto=http;for=198.51.100.7"] {
                let client = forwarded(&format!("{text}, {appended}"));
                prop_assert!(client == "198.51.100.7" || client == "10.0.0.1", "{} for {}", client, text);
            }
            let client = x_forwarded_for(&format!("{text}, 198.51.100.7"));
            prop_assert_eq!(client, "198.51.100.7");
        }
    }
}
