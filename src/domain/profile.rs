//! What people say about themselves: a name to show, and a JSON object that Keystead keeps and does not read.

use serde_json::{Map, Value};

use super::text;

/// Characters (Unicode scalar values) of a name to show.
pub const DISPLAY_NAME_CHARS_MAX: usize = 128;
/// Bytes of metadata as they are stored, serialised without spaces.
pub const METADATA_BYTES_MAX: usize = 16 * 1_024;
/// Objects and arrays inside each other, the outermost counted. Far below the depth that exhausts a reader's stack.
pub const METADATA_DEPTH_MAX: usize = 32;

/// A name to show; not unique, and never an identifier.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DisplayName(String);

/// Why a text is no name to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DisplayNameError {
    #[error("a display name is not empty")]
    Empty,
    #[error("a display name has at most 128 characters")]
    TooLong,
    #[error("a display name holds no control characters and none that change the direction of writing")]
    Characters,
}

impl DisplayName {
    /// Trims and normalises (NFC), then checks. Joiners may stand in it: Persian and emoji are written with them.
    ///
    /// # Errors
    /// What is wrong first.
    pub fn parse(entered: &str) -> Result<Self, DisplayNameError> {
        let name = text::nfc(entered.trim());
        if name.is_empty() {
            return Err(DisplayNameError::Empty);
        }
        if name.chars().count() > DISPLAY_NAME_CHARS_MAX {
            return Err(DisplayNameError::TooLong);
        }
        if name.chars().any(|character| text::is_control(character) || text::turns_direction(character)) {
            return Err(DisplayNameError::Characters);
        }
        Ok(Self(name))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An application's own JSON object beside an account, in canonical form: keys sorted, no spaces.
///
/// It is stored as text. A NUL inside a string is written `\u0000`, so no database is ever given the byte itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata(String);

/// Why a JSON value is no metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    #[error("metadata is a JSON object")]
    NotAnObject,
    #[error("metadata is nested at most 32 deep")]
    TooDeep,
    #[error("metadata has at most 16 KiB when it is written without spaces")]
    TooLong,
}

impl Metadata {
    /// # Errors
    /// What is wrong first: the kind, then the depth, then the size.
    pub fn from_value(mut value: Value) -> Result<Self, MetadataError> {
        if !value.is_object() {
            return Err(MetadataError::NotAnObject);
        }
        if is_deeper_than(&value, METADATA_DEPTH_MAX) {
            return Err(MetadataError::TooDeep);
        }
        // Maps are sorted already, unless some crate in the tree turns serde_json's `preserve_order` on.
        value.sort_all_objects();
        let canonical = value.to_string();
        if canonical.len() > METADATA_BYTES_MAX {
            return Err(MetadataError::TooLong);
        }
        Ok(Self(canonical))
    }

    /// Reads what stands in the table, by the same rules.
    ///
    /// # Errors
    /// As [`Metadata::from_value`]; a text that is no JSON at all is no object either.
    pub fn parse(json: &str) -> Result<Self, MetadataError> {
        serde_json::from_str(json).map_err(|_| MetadataError::NotAnObject).and_then(Self::from_value)
    }

    /// The canonical JSON text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Metadata {
    fn default() -> Self {
        Self(Value::Object(Map::new()).to_string())
    }
}

/// Goes `allowed` levels down and no further, whatever it is given.
fn is_deeper_than(value: &Value, allowed: usize) -> bool {
    let deeper = |inner: &Value| allowed == 0 || is_deeper_than(inner, allowed - 1);
    match value {
        Value::Object(members) => allowed == 0 || members.values().any(deeper),
        Value::Array(items) => allowed == 0 || items.iter().any(deeper),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_display_name_is_trimmed_and_holds_no_traps() {
        assert_eq!(DisplayName::parse(" Zoe\u{308} 👩‍💻\t").unwrap().as_str(), "Zoë 👩‍💻");
        assert!(DisplayName::parse(&"é".repeat(128)).is_ok());
        assert_eq!(DisplayName::parse(&"é".repeat(129)), Err(DisplayNameError::TooLong));
        assert_eq!(DisplayName::parse(" \u{3000}\n"), Err(DisplayNameError::Empty));
        for text in ["a\0b", "a\nb", "a\u{85}b", "a\u{2028}b", "a\u{202E}b", "a\u{2066}b"] {
            assert_eq!(DisplayName::parse(text), Err(DisplayNameError::Characters), "{text:?}");
        }
    }

    #[test]
    fn metadata_is_kept_in_one_form() {
        let metadata = Metadata::parse("{ \"b\": [1, {\"d\": null, \"c\": \"\\u0000\"}], \"a\": 1.50 }").unwrap();
        assert_eq!(metadata.as_str(), r#"{"a":1.5,"b":[1,{"c":"\u0000","d":null}]}"#);
        assert_eq!(Metadata::default(), Metadata::parse("{}").unwrap());
        for json in ["", "null", "[]", "1", "\"a\"", "{} {}", "{\"a\":1e999}", "{\"a\":\"\0\"}", "{\"a\":\"\\ud800\"}"]
        {
            assert_eq!(Metadata::parse(json), Err(MetadataError::NotAnObject), "{json}");
        }
    }

    #[test]
    fn metadata_has_a_depth_and_a_size() {
        let nested = |depth: usize| (1..depth).fold(json!({}), |inner, _| json!({ "a": inner }));
        assert!(Metadata::from_value(nested(32)).is_ok());
        assert_eq!(Metadata::from_value(nested(33)), Err(MetadataError::TooDeep));
        let arrays = format!("{{\"a\":{}{}}}", "[".repeat(32), "]".repeat(32));
        assert_eq!(Metadata::parse(&arrays), Err(MetadataError::TooDeep));
        let sized = |bytes: usize| json!({ "a": "x".repeat(bytes - r#"{"a":""}"#.len()) });
        assert_eq!(Metadata::from_value(sized(16_384)).unwrap().as_str().len(), 16_384);
        assert_eq!(Metadata::from_value(sized(16_385)), Err(MetadataError::TooLong));
        // Written in a few bytes, but longer as it is stored: each control character takes six.
        assert_eq!(Metadata::from_value(json!({ "a": "\u{1}".repeat(3_000) })), Err(MetadataError::TooLong));
    }

    proptest! {
        #[test]
        fn metadata_never_holds_the_byte_nul_and_reads_back_as_itself(key in any::<String>(), text in any::<String>()) {
            let metadata = Metadata::from_value(json!({ key: format!("{text}\0") })).unwrap();
            prop_assert!(!metadata.as_str().contains('\0'));
            prop_assert_eq!(Metadata::parse(metadata.as_str()).unwrap(), metadata);
        }

        #[test]
        fn any_text_is_metadata_or_refused(text in any::<String>()) {
            let _ = Metadata::parse(&text);
            let _ = DisplayName::parse(&text);
        }
    }
}
