//! The first pass: well-formed, not too deep, no name twice in one object, no U+0000.

use std::collections::HashSet;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::pointer;
use crate::http::problem::{FieldError, Problem};

/// Levels of objects and arrays. Our own bodies have two, `metadata` may hold a tree; each level costs stack.
const DEEPEST: usize = 32;

/// PostgreSQL cannot hold U+0000 in text, so it is refused before anybody tries. These are hashed and never kept, and a
/// password may be any Unicode.
const NEVER_KEPT: [&str; 3] = ["/password", "/current_password", "/new_password"];

pub(super) fn check(text: &str) -> Result<(), Problem> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let mut flaw = None;
    let scanned = Scan { flaw: &mut flaw, depth: 0, at: "" }.deserialize(&mut reader);
    if let Some(flaw) = flaw {
        return Err(flaw);
    }
    // serde_json names the kind of mistake and the place, never the text.
    scanned.and_then(|()| reader.end()).map_err(Problem::malformed_json)
}

/// Walks through one value and builds nothing. `flaw` carries out what serde's error type cannot.
struct Scan<'a> {
    flaw: &'a mut Option<Problem>,
    depth: usize,
    at: &'a str,
}

impl Scan<'_> {
    fn refuse<E: Error>(self, flaw: Problem) -> E {
        *self.flaw = Some(flaw);
        E::custom("refused")
    }

    fn deeper<E: Error>(self) -> Result<Self, E> {
        let depth = self.depth + 1;
        if depth > DEEPEST {
            let detail = format!("the body is nested deeper than {DEEPEST} levels");
            return Err(self.refuse(Problem::malformed_json(detail)));
        }
        Ok(Self { depth, ..self })
    }

    fn text<E: Error>(self, text: &str, pointer: &str) -> Result<(), E> {
        if text.contains('\0') && !NEVER_KEPT.contains(&pointer) {
            let error = FieldError::new(pointer, "nul_character", "U+0000 is not allowed here");
            return Err(self.refuse(Problem::invalid_field(error)));
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Scan<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Scan<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        let at = self.at;
        self.text(text, at)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Scan { flaw, depth, at } = self.deeper()?;
        let mut index = 0_usize;
        loop {
            let at = pointer::child(at, &index.to_string());
            let item = Scan { flaw: &mut *flaw, depth, at: &at };
            if items.next_element_seed(item)?.is_none() {
                return Ok(());
            }
            index += 1;
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let Scan { flaw, depth, at } = self.deeper()?;
        let mut seen = HashSet::new();
        while let Some(key) = members.next_key::<String>()? {
            let pointer = pointer::child(at, &key);
            let member = Scan { flaw: &mut *flaw, depth, at: &pointer };
            if seen.contains(&key) {
                let error = FieldError::new(&pointer, "duplicate_field", "this field is there twice");
                return Err(member.refuse(Problem::invalid_field(error)));
            }
            Scan { flaw: &mut *flaw, depth, at: &pointer }.text::<A::Error>(&key, &pointer)?;
            members.next_value_seed(Scan { flaw: &mut *flaw, depth, at: &pointer })?;
            seen.insert(key);
        }
        Ok(())
    }
}
