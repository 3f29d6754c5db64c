use actix_web::http::header::HeaderValue;
use actix_web::test::TestRequest;
use proptest::prelude::*;
use secrecy::ExposeSecret;

use super::*;

type Pair = (String, String);

fn brought(headers: &[&str], id: Option<&str>, secret: Option<&str>) -> Result<Option<Pair>, &'static str> {
    let mut request = TestRequest::default();
    for header in headers {
        request = request.append_header((AUTHORIZATION, HeaderValue::from_str(header).unwrap()));
    }
    let found = ClientCredentials::brought(&request.to_http_request(), id, secret);
    found
        .map(|found| found.map(|found| (found.client_id, found.client_secret.expose_secret().to_owned())))
        .map_err(|error| error.error())
}

fn basic(pair: &str) -> String {
    format!("Basic {}", STANDARD.encode(pair))
}

fn pair(id: &str, secret: &str) -> Pair {
    (id.to_owned(), secret.to_owned())
}

#[test]
fn either_way_is_read() {
    // The example of RFC 6749 section 2.3.1.
    let example = "Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3";
    assert_eq!(brought(&[example], None, None), Ok(Some(pair("s6BhdRkqt3", "7Fjfp0ZBr1KtDRbnfVdmIw"))));
    assert_eq!(brought(&[&basic("a%3Ab:c+d:e")], None, None), Ok(Some(pair("a:b", "c d:e"))));
    assert_eq!(brought(&[&basic("a:b").replace("Basic", "bASIC")], Some("a"), None), Ok(Some(pair("a", "b"))));
    assert_eq!(brought(&[], Some("a"), Some("b")), Ok(Some(pair("a", "b"))));
    assert_eq!(brought(&[], Some("a"), None), Ok(None));
    assert_eq!(brought(&[], None, None), Ok(None));
}

#[test]
fn two_ways_at_once_are_an_invalid_request() {
    let header = basic("a:b");
    assert_eq!(brought(&[&header], Some("a"), Some("b")), Err("invalid_request"));
    assert_eq!(brought(&[&header], Some("other"), None), Err("invalid_request"));
    assert_eq!(brought(&[&header, &header], None, None), Err("invalid_request"));
    assert_eq!(brought(&[], None, Some("b")), Err("invalid_request"));
}

#[test]
fn what_cannot_be_read_is_an_invalid_client() {
    let long = basic(&format!("a:{}", "b".repeat(LONGEST_PART_BYTES + 1)));
    let headers = ["", "Basic", "Basic !", "Bearer a", &basic("a"), &basic("a:"), &basic(":b"), &basic("a:%00"), &long];
    for header in headers {
        assert_eq!(brought(&[header], None, None), Err("invalid_client"), "{header}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..64), text in "\\PC*") {
        let _ = brought(&[&format!("Basic {}", STANDARD.encode(&bytes))], None, None);
        let _ = of_basic(&text);
    }

    #[test]
    fn what_a_client_encodes_comes_back(id in "[ -~]{1,40}", secret in "[ -~]{1,40}") {
        let encode = |text: &str| text.bytes().fold(String::new(), |all, byte| format!("{all}%{byte:02X}"));
        let header = basic(&format!("{}:{}", encode(&id), encode(&secret)));
        prop_assert_eq!(brought(&[&header], None, None), Ok(Some(pair(&id, &secret))));
    }
}
