//! The users of a Flask application, with the columns that have a meaning here.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use tokio::sync::mpsc;

use super::rows::{Broken, Rows};
use crate::config::database::Target;
use crate::store::flask::{FlaskUser, read_users};

/// What its tables call what is known here by another name. Where extensions for Flask keep a `password`, it is a hash.
pub const ITS_OWN_NAMES: [(&str, Option<&str>); 3] =
    [("hashed_password", Some("password_hash")), ("password", Some("password_hash")), ("is_active", Some("active"))];

/// Users between the database and who parses them.
const AHEAD: usize = 64;

pub async fn read(target: Target, mut rows: Rows) {
    let (sender, mut users) = mpsc::channel(AHEAD);
    let taken = async {
        let mut passed_over = BTreeSet::new();
        let mut number = 0;
        while let Some(user) = users.recv().await {
            number += 1;
            let fields = fields(user, &rows, &mut passed_over);
            rows.take_in_turn(number, Ok(fields)).await?;
        }
        if !passed_over.is_empty() {
            let names = passed_over.into_iter().collect::<Vec<_>>().join(", ");
            tracing::warn!("columns without a meaning here were passed over: {names}");
        }
        Ok::<_, Broken>(())
    };
    let (read, taken) = futures_util::future::join(read_users(&target, sender), taken).await;
    let ended = taken.and_then(|()| read.map_err(|cause| Broken::Form(cause.to_string())));
    let (sender, last) = rows.end(ended);
    for message in last {
        // Whoever took the rows has gone, and says why by itself.
        let _unwanted = sender.send(message).await;
    }
}

/// Other columns are the application's own affair.
fn fields(user: FlaskUser, rows: &Rows, passed_over: &mut BTreeSet<String>) -> Map<String, Value> {
    let mut fields = Map::new();
    for (name, value) in user.columns {
        if !rows.map.knows(&name) {
            passed_over.insert(name);
        } else if let Some(value) = value {
            fields.insert(name, Value::String(value));
        }
    }
    fields.insert("roles".to_owned(), user.roles.into());
    fields
}
