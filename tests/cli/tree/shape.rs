//! The shape of JSON: names and kinds, without the values.

use serde_json::{Map, Value, json};

/// What all of these lines have in common, one JSON object each.
pub fn of_lines(text: &str) -> Result<Value, String> {
    let mut whole: Option<Value> = None;
    for line in text.lines() {
        let value: Value = serde_json::from_str(line).map_err(|error| format!("{error}: {line:?}"))?;
        if !value.is_object() {
            return Err(format!("no object: {line:?}"));
        }
        let shape = of(&value);
        whole = Some(match whole {
            Some(before) => both(before, shape),
            None => shape,
        });
    }
    whole.ok_or_else(|| "nothing was printed".to_owned())
}

/// The shape of what is of the one or of the other shape.
pub fn both(one: Value, other: Value) -> Value {
    let ((one, maybe_null), (other, or_maybe)) = (without_null(one), without_null(other));
    match (one, other) {
        (Some(one), Some(other)) if maybe_null || or_maybe => or_null(&both(one, other)),
        (Some(one), Some(other)) => both_values(one, other),
        (Some(one), None) | (None, Some(one)) => or_null(&one),
        (None, None) => "null".into(),
    }
}

fn both_values(one: Value, other: Value) -> Value {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => Value::Object(both_objects(one, other)),
        (Value::Array(one), Value::Array(other)) => {
            one.into_iter().chain(other).reduce(both).map_or_else(|| json!([]), |element| json!([element]))
        }
        (one, other) if one == other => one,
        (one, other) => either(&one, &other),
    }
}

/// What is an object or a list, if it is not null, stands behind this name.
const OR_NULL: &str = "or null";

fn without_null(shape: Value) -> (Option<Value>, bool) {
    match shape {
        Value::String(null) if null == "null" => (None, true),
        Value::Object(mut members) if members.contains_key(OR_NULL) => (members.remove(OR_NULL), true),
        other => (Some(other), false),
    }
}

fn or_null(shape: &Value) -> Value {
    if shape.is_string() { either(shape, &"null".into()) } else { json!({ OR_NULL: shape }) }
}

/// A name that is not always there ends with a question mark.
fn both_objects(one: Map<String, Value>, mut other: Map<String, Value>) -> Map<String, Value> {
    let mut whole = Map::new();
    for (name, shape) in one {
        let bare = name.trim_end_matches('?').to_owned();
        let maybe = format!("{bare}?");
        match (other.remove(&bare), other.remove(&maybe)) {
            (Some(again), _) => whole.insert(name, both(shape, again)),
            (None, Some(again)) => whole.insert(maybe, both(shape, again)),
            (None, None) => whole.insert(maybe, shape),
        };
    }
    whole.extend(other.into_iter().map(|(name, shape)| (format!("{}?", name.trim_end_matches('?')), shape)));
    whole
}

/// Two kinds of a value, such as `string or null`; null stands last.
fn either(one: &Value, other: &Value) -> Value {
    let words = |shape: &Value| match shape {
        Value::String(words) => words.split(" or ").map(str::to_owned).collect(),
        Value::Object(_) => vec!["object".to_owned()],
        _ => vec!["array".to_owned()],
    };
    let mut kinds: Vec<String> = words(one).into_iter().chain(words(other)).collect();
    kinds.sort_by_key(|kind| (kind == "null", kind.clone()));
    kinds.dedup();
    Value::String(kinds.join(" or "))
}

fn of(value: &Value) -> Value {
    match value {
        Value::Null => "null".into(),
        Value::Bool(_) => "boolean".into(),
        Value::Number(_) => "number".into(),
        Value::String(_) => "string".into(),
        Value::Array(elements) => elements.iter().map(of).reduce(both).map_or_else(|| json!([]), |one| json!([one])),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, value)| (name.clone(), of(value))).collect())
        }
    }
}

#[test]
fn a_shape_is_of_all_lines_together() {
    let shape = of_lines("{\"a\":1,\"b\":null,\"c\":[]}\n{\"a\":2,\"b\":\"x\",\"c\":[{\"d\":true},{}]}\n").unwrap();
    assert_eq!(shape, json!({"a": "number", "b": "string or null", "c": [{"d?": "boolean"}]}));
    assert_eq!(both(json!({"a?": "null"}), json!({"b": "null"})), json!({"a?": "null", "b?": "null"}));
    assert_eq!(both(json!({"a?": "null"}), json!({"a": "null"})), json!({"a?": "null"}));
    let shape = of_lines("{\"a\":{\"b\":1}}\n{\"a\":null}\n{\"a\":{\"b\":\"x\"}}\n{\"a\":null}").unwrap();
    assert_eq!(shape, json!({"a": {"or null": {"b": "number or string"}}}));
    for odd in ["", "[]", "{} {}", "done"] {
        assert!(of_lines(odd).is_err(), "{odd}");
    }
}
