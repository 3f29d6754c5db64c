//! JSON, read strictly (RFC 8259 and what it only recommends): UTF-8, no name twice, bounded depth, no unknown field.
//!
//! Two passes over at most 64 KiB: [`scan`] looks at the text alone, then serde reads it into the type. What serde says
//! about a mistake is never passed on, because its words repeat the value, which may be a password.

mod pointer;
mod scan;

use serde::de::DeserializeOwned;
use serde_path_to_error::Track;

use super::problem::{FieldError, Problem};

/// # Errors
/// 400: `malformed_json`, `unknown_field` or `invalid_field`.
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|_| Problem::malformed_json("the body is not UTF-8"))?;
    scan::check(text)?;
    // serde reads a struct from an array too, field after field; a body is an object and nothing else.
    if !text.trim_start().starts_with('{') {
        return Err(Problem::invalid_field(FieldError::new("", "wrong_type", "expected an object")));
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let mut track = Track::new();
    let mut unknown = None;
    let tracked = serde_path_to_error::Deserializer::new(&mut reader, &mut track);
    let read = serde_ignored::deserialize(tracked, |path| {
        unknown.get_or_insert_with(|| pointer::of_ignored(&path));
    });
    if let Some(pointer) = unknown {
        return Err(Problem::unknown_field(pointer));
    }
    read.map_err(|error: serde_json::Error| refusal(&error, &pointer::of_tracked(&track.path())))
}

/// serde tells what went wrong only in words. They begin with one of a few fixed phrases, and what a visitor expected
/// stands at the end; the value that was sent stands between them and is left there.
fn refusal(error: &serde_json::Error, at: &str) -> Problem {
    let words = error.to_string();
    let words = words.rsplit_once(" at line ").map_or(words.as_str(), |(words, _)| words);
    if let Some(name) = quoted_after(words, "missing field `") {
        let pointer = pointer::child(at, name);
        return Problem::invalid_field(FieldError::new(pointer, "missing_field", "this field is required"));
    }
    // Only a type that says `deny_unknown_fields` itself, in a place where serde buffers (a tagged enum).
    if words.starts_with("unknown field `") {
        return Problem::unknown_field(at);
    }
    let code = if words.starts_with("invalid type: ") { "wrong_type" } else { "invalid_value" };
    let detail = match expectation(words) {
        Some(expected) => format!("expected {expected}"),
        None => "this value is not acceptable here".to_owned(),
    };
    Problem::invalid_field(FieldError::new(at, code, detail))
}

/// What a client may be told of an expectation. Only where the words are serde's own, as a type's `custom` error may
/// hold anything in any place; and never the name of a Rust type.
fn expectation(words: &str) -> Option<&str> {
    const STANDARD: [&str; 4] = ["invalid type: ", "invalid value: ", "invalid length ", "unknown variant `"];
    const INTEGERS: [&str; 10] = ["i8", "i16", "i32", "i64", "isize", "u8", "u16", "u32", "u64", "usize"];
    if !STANDARD.iter().any(|phrase| words.starts_with(phrase)) {
        return None;
    }
    match words.rsplit_once(", expected ").map(|(_, expected)| expected)? {
        expected if expected.starts_with("struct ") => Some("an object"),
        expected if INTEGERS.contains(&expected) => Some("a whole number in range"),
        expected if ["a ", "an ", "one of `", "`"].iter().any(|start| expected.starts_with(start)) => Some(expected),
        _ => None,
    }
}

fn quoted_after<'a>(words: &'a str, phrase: &str) -> Option<&'a str> {
    words.strip_prefix(phrase)?.split('`').next()
}

#[cfg(test)]
mod tests;
