//! A row's fields, taken one by one. Tables write everything as text, JSON has kinds of its own: both are read.

use serde_json::{Map, Value};

use super::refusal::RowRefusal;
use crate::domain::clock::Timestamp;

/// Bytes of a field's name that are quoted.
const NAME_CHARS_MAX: usize = 64;
/// Between the items of a list that stands in one text.
const BETWEEN_ITEMS: char = ';';

pub(super) struct Fields(Map<String, Value>);

impl Fields {
    pub(super) fn new(row: Map<String, Value>) -> Self {
        Self(row)
    }

    /// Null is nothing, and so is a text without a character: tables have no other way to say it.
    fn take(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name).filter(|value| !value.is_null() && value.as_str() != Some(""))
    }

    pub(super) fn text(&mut self, name: &'static str) -> Result<Option<String>, RowRefusal> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(Value::Bool(_) | Value::Array(_) | Value::Object(_) | Value::Null) => {
                Err(RowRefusal::kind(name, "a text"))
            }
        }
    }

    pub(super) fn truth(&mut self, name: &'static str) -> Result<Option<bool>, RowRefusal> {
        let refused = || RowRefusal::kind(name, "true or false");
        match self.take(name) {
            None => Ok(None),
            Some(Value::Bool(truth)) => Ok(Some(truth)),
            Some(Value::Number(number)) => match number.as_u64() {
                Some(0) => Ok(Some(false)),
                Some(1) => Ok(Some(true)),
                Some(_) | None => Err(refused()),
            },
            Some(Value::String(text)) => match text.to_ascii_lowercase().as_str() {
                "1" | "t" | "true" => Ok(Some(true)),
                "0" | "f" | "false" => Ok(Some(false)),
                _ => Err(refused()),
            },
            Some(Value::Array(_) | Value::Object(_) | Value::Null) => Err(refused()),
        }
    }

    /// RFC 3339, or as databases write it: `2024-05-06 07:08:09.123`, which is UTC.
    pub(super) fn moment(&mut self, name: &'static str) -> Result<Option<Timestamp>, RowRefusal> {
        const WANTS: &str = "a moment such as 2026-01-31T12:00:00Z, from 1970 on";
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => {
                let moment = Timestamp::parse_rfc3339(&text).or_else(|| Timestamp::parse_rfc3339(&completed(&text)?));
                moment.map(Some).ok_or(RowRefusal::kind(name, WANTS))
            }
            Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) | Value::Null) => {
                Err(RowRefusal::kind(name, WANTS))
            }
        }
    }

    /// A list of texts, or a text with `;` between its items.
    pub(super) fn list(&mut self, name: &'static str) -> Result<Vec<String>, RowRefusal> {
        let refused = || RowRefusal::kind(name, "a list of texts");
        match self.take(name) {
            None => Ok(Vec::new()),
            Some(Value::String(text)) => {
                let items = text.split(BETWEEN_ITEMS).map(str::trim).filter(|item| !item.is_empty());
                Ok(items.map(str::to_owned).collect())
            }
            Some(Value::Array(items)) => {
                let item = |item: Value| item.as_str().map(str::to_owned).ok_or_else(refused);
                items.into_iter().map(item).collect()
            }
            Some(Value::Bool(_) | Value::Number(_) | Value::Object(_) | Value::Null) => Err(refused()),
        }
    }

    /// A JSON object, or a text that is one.
    pub(super) fn object(&mut self, name: &'static str) -> Result<Option<Map<String, Value>>, RowRefusal> {
        let refused = || RowRefusal::kind(name, "a JSON object");
        let value = match self.take(name) {
            None => return Ok(None),
            Some(Value::String(text)) => serde_json::from_str(&text).map_err(|_| refused())?,
            Some(value) => value,
        };
        match value {
            // What Python writes for a column of JSON that holds nothing.
            Value::Null => Ok(None),
            Value::Object(object) => Ok(Some(object)),
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Err(refused()),
        }
    }

    /// A field that nobody reads is a field that somebody counted on: `pasword_hash` would lock everybody out.
    pub(super) fn nothing_is_left(self) -> Result<(), RowRefusal> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(name) => Err(RowRefusal::UnknownField(name.chars().take(NAME_CHARS_MAX).collect())),
        }
    }
}

/// A moment as databases write it, in the form of RFC 3339. `None`: its tenth character is no space and no `T`.
fn completed(text: &str) -> Option<String> {
    let (day, rest) = (text.get(..10)?, text.get(11..)?);
    if !matches!(text.as_bytes().get(10), Some(b' ' | b'T')) {
        return None;
    }
    // `+00:00` and `Z` stay; a time without either is UTC.
    let has_zone = rest.ends_with(['Z', 'z']) || rest.contains(['+', '-']);
    Some(format!("{day}T{rest}{}", if has_zone { "" } else { "Z" }))
}
