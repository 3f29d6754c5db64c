use proptest::prelude::*;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

use super::*;

/// Without `deny_unknown_fields`, on purpose: the frame refuses them all the same.
#[derive(Debug, Deserialize)]
struct Sent {
    password: SecretString,
    age: Option<u32>,
    inner: Option<Inner>,
    metadata: Option<Value>,
    scope: Option<Scope>,
}

#[derive(Debug, Deserialize)]
struct Inner {
    names: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Scope {
    This,
    All,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Closed {
    #[expect(dead_code, reason = "only read by serde")]
    known: Option<u8>,
}

/// The problem as a client reads it.
fn refused<T: DeserializeOwned>(text: impl AsRef<[u8]>) -> Value {
    use actix_web::ResponseError;
    use actix_web::body::MessageBody;
    let problem = parse::<T>(text.as_ref()).map(|_| ()).unwrap_err();
    serde_json::from_slice(&problem.error_response().into_body().try_into_bytes().unwrap()).unwrap()
}

fn code_and_place(text: impl AsRef<[u8]>) -> (String, Value, Value) {
    let problem = refused::<Sent>(text);
    assert_eq!(problem["status"], 400);
    let error = &problem["errors"][0];
    (problem["code"].as_str().unwrap().to_owned(), error["pointer"].clone(), error["code"].clone())
}

#[test]
fn a_body_is_read_into_its_type_and_the_secret_stays_one() {
    let text =
        r#"{"password":"hunter2é","age":3,"inner":{"names":["a"]},"metadata":{"any":[1,{"x":null}]},"scope":"all"}"#;
    let sent: Sent = parse(text.as_bytes()).unwrap();
    assert_eq!(sent.password.expose_secret(), "hunter2é");
    assert_eq!((sent.age, sent.inner.as_ref().unwrap().names.len()), (Some(3), 1));
    assert!(matches!(sent.scope, Some(Scope::All)));
    assert_eq!(sent.metadata, Some(json!({"any": [1, {"x": null}]})));
    assert!(!format!("{sent:?}").contains("hunter2"));
    assert!(matches!(parse::<Sent>(br#"{"password":"p","scope":"this"}"#).unwrap().scope, Some(Scope::This)));
}

#[test]
fn what_is_not_json_is_malformed() {
    let deep = format!(r#"{{"metadata":{}1{}}}"#, "[".repeat(40), "]".repeat(40));
    let bottomless = "[".repeat(60_000);
    let texts: [&[u8]; 12] = [
        b"",
        b"{",
        b"{} {}",
        b"{\"password\":\"a\0b\"}",
        b"\xff",
        b"{\"password\":\"\xc3\x28\"}",
        b"\xef\xbb\xbf{}",
        br#"{"password":"\ud800"}"#,
        br#"{"age":1e999}"#,
        b"{'a':1}",
        deep.as_bytes(),
        bottomless.as_bytes(),
    ];
    for text in texts {
        let problem = refused::<Sent>(text);
        assert_eq!(problem["code"], "malformed_json", "{:?}", String::from_utf8_lossy(&text[..text.len().min(40)]));
    }
}

#[test]
fn a_mistake_in_a_field_is_named_by_its_pointer() {
    for (text, code, pointer, detail_code) in [
        (r#"{"password":"p","admin":true}"#, "unknown_field", "/admin", "unknown_field"),
        (r#"{"password":"p","inner":{"names":[],"a/b~":1}}"#, "unknown_field", "/inner/a~1b~0", "unknown_field"),
        (r#"{"admin":true}"#, "unknown_field", "/admin", "unknown_field"),
        ("{}", "invalid_field", "/password", "missing_field"),
        (r#"{"password":"p","inner":{}}"#, "invalid_field", "/inner/names", "missing_field"),
        (r#"{"password":"p","inner":{"names":["a",7]}}"#, "invalid_field", "/inner/names/1", "wrong_type"),
        (r#"{"password":7}"#, "invalid_field", "/password", "wrong_type"),
        (r#"{"password":"p","age":-1}"#, "invalid_field", "/age", "invalid_value"),
        (r#"{"password":"p","scope":"none"}"#, "invalid_field", "/scope", "invalid_value"),
        (r#"{"password":"p","password":"q"}"#, "invalid_field", "/password", "duplicate_field"),
        (r#"{"password":"p","metadata":{"a":1,"\u0061":2}}"#, "invalid_field", "/metadata/a", "duplicate_field"),
        (r#"{"password":"p","metadata":{"a":["\u0000"]}}"#, "invalid_field", "/metadata/a/0", "nul_character"),
        (r#"["p",1,null,null,null]"#, "invalid_field", "", "wrong_type"),
        ("\"p\"", "invalid_field", "", "wrong_type"),
        ("null", "invalid_field", "", "wrong_type"),
    ] {
        let expected = (code.to_owned(), json!(pointer), json!(detail_code));
        assert_eq!(code_and_place(text), expected, "{text}");
    }
    assert!(parse::<Sent>(br#"{"password":"a\u0000b"}"#).is_ok());
}

#[test]
fn a_type_that_refuses_unknown_fields_itself_answers_the_same() {
    let problem = refused::<Closed>(r#"{"known":1,"other":2}"#);
    assert_eq!((&problem["code"], &problem["errors"][0]["pointer"]), (&json!("unknown_field"), &json!("/other")));
}

#[test]
fn what_is_expected_is_told_in_words_of_json() {
    for (text, detail) in [
        (r#"{"password":7}"#, "expected a string"),
        (r#"{"password":"p","age":"x"}"#, "expected a whole number in range"),
        (r#"{"password":"p","age":-1}"#, "expected a whole number in range"),
        (r#"{"password":"p","inner":"x"}"#, "expected an object"),
        (r#"{"password":"p","scope":"none"}"#, "expected `this` or `all`"),
    ] {
        assert_eq!(refused::<Sent>(text)["errors"][0]["detail"], detail, "{text}");
    }
}

#[test]
fn no_answer_repeats_a_value() {
    for text in [
        r#"{"password":{"a":"hunter2"}}"#,
        r#"{"password":"p","age":"hunter2, expected hunter2 at line 1"}"#,
        r#"{"password":"p","scope":"hunter2`, expected `hunter2"}"#,
        r#"{"password":"p","inner":"hunter2"}"#,
    ] {
        assert!(!refused::<Sent>(text).to_string().contains("hunter2"), "{}", refused::<Sent>(text));
    }
    let long_key = format!(r#"{{"password":"p","{}":1}}"#, "é".repeat(20_000));
    assert!(refused::<Sent>(long_key).to_string().len() < 1_000);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse::<Sent>(&bytes);
    }

    #[test]
    fn anything_like_json_is_read_or_refused(text in r#"([{}\[\],:]|"a"|"password"|"\\u0000"|1|null| ){0,30}"#) {
        let _ = parse::<Sent>(text.as_bytes());
        let _ = parse::<Value>(text.as_bytes());
    }
}
