//! `--map FILE`: what the other system calls the fields and the roles.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::cli::exit::{Exit, Failure};
use crate::domain::role::RoleName;
use crate::domain::user_import::FIELDS;

/// Thousands of names fit in; the bound keeps `/dev/zero` out of memory.
const MAP_BYTES_MAX: u64 = 256 * 1_024;

/// Their name, and ours; null leaves it out.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FieldMap {
    fields: BTreeMap<String, Option<String>>,
    roles: BTreeMap<String, Option<String>>,
}

impl FieldMap {
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let mistake = |why: String| Failure::new(Exit::Mistake, format!("--map {}: {why}", path.display()));
        let file = File::open(path).map_err(|cause| mistake(cause.to_string()))?;
        let mut text = String::new();
        file.take(MAP_BYTES_MAX).read_to_string(&mut text).map_err(|cause| mistake(cause.to_string()))?;
        let map: Self = serde_json::from_str(&text).map_err(|cause| {
            mistake(cause.to_string()).hint(
                "it looks like {\"fields\": {\"mail\": \"email\", \"notes\": null}, \"roles\": {\"Admin\": \"admin\"}}",
            )
        })?;
        for ours in map.fields.values().flatten() {
            if !FIELDS.contains(&ours.as_str()) {
                return Err(mistake(format!("there is no field {ours:?} here; there are {}", FIELDS.join(", "))));
            }
        }
        for ours in map.roles.values().flatten() {
            RoleName::parse(ours).map_err(|why| mistake(format!("roles: {ours:?}: {why}")))?;
        }
        Ok(map)
    }

    /// With names that hold unless the file has others for them.
    pub fn over(mut self, fields: &[(&str, Option<&str>)], roles: &[(&str, Option<&str>)]) -> Self {
        let owned = |(theirs, ours): &(&str, Option<&str>)| ((*theirs).to_owned(), ours.map(str::to_owned));
        for (theirs, ours) in fields.iter().map(owned) {
            self.fields.entry(theirs).or_insert(ours);
        }
        for (theirs, ours) in roles.iter().map(owned) {
            self.roles.entry(theirs).or_insert(ours);
        }
        self
    }

    /// Whether it has a word for a field, or the field needs none.
    pub fn knows(&self, field: &str) -> bool {
        self.fields.contains_key(field) || FIELDS.contains(&field)
    }

    pub fn applied(&self, mut row: Map<String, Value>) -> Map<String, Value> {
        for (theirs, ours) in &self.fields {
            if let (Some(value), Some(ours)) = (row.remove(theirs), ours) {
                row.insert(ours.clone(), value);
            }
        }
        if self.roles.is_empty() {
            return row;
        }
        if let Some(roles) = row.get_mut("roles") {
            if let Value::String(text) = roles {
                *roles = text.split(';').map(|item| Value::String(item.trim().to_owned())).collect();
            }
            if let Value::Array(items) = roles {
                *items = std::mem::take(items).into_iter().filter_map(|item| self.role(item)).collect();
            }
        }
        row
    }

    fn role(&self, item: Value) -> Option<Value> {
        match item.as_str().map(|theirs| self.roles.get(theirs)) {
            Some(Some(ours)) => ours.clone().map(Value::String),
            Some(None) | None => Some(item).filter(|item| item.as_str() != Some("")),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_and_roles_get_our_names_and_some_go() {
        let map: FieldMap = serde_json::from_value(json!({
            "fields": {"mail": "email", "notes": null},
            "roles": {"Admin": "admin", "everybody": null},
        }))
        .unwrap();
        let applied = |row: Value| Value::Object(map.applied(row.as_object().unwrap().clone()));
        let row = applied(json!({"mail": "a@example.org", "notes": "x", "roles": ["Admin", "everybody", "editor"]}));
        assert_eq!(row, json!({"email": "a@example.org", "roles": ["admin", "editor"]}));
        assert_eq!(applied(json!({"roles": "Admin; everybody;"})), json!({"roles": ["admin"]}));
        assert_eq!(applied(json!({"roles": 7})), json!({"roles": 7}), "what is no list is told by the parser");
        assert!(map.knows("mail") && map.knows("username") && !map.knows("e-mail"));
    }
}
