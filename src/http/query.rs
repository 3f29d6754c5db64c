//! `Query<T>`: the query string of an app-plane call, as strict as a body.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::de::DeserializeOwned;

use super::parameters::{self, ParameterError};
use super::problem::{FieldError, Problem};

/// The parameters of the query. One without a value is as if it were not there.
///
/// # Errors
/// 400: `unknown_field`, `invalid_field` (both name the parameter as `?name`), or `malformed_query`.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request.query_string()).map(Self))
    }
}

fn parse<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    let read = parameters::parse(query.as_bytes()).map_err(refusal)?;
    match read.unknown {
        None => Ok(read.known),
        Some(name) => Err(Problem::unknown_field(format!("?{}", shortened(&name)))),
    }
}

fn refusal(error: ParameterError) -> Problem {
    match error {
        ParameterError::Missing(name) => {
            let error = FieldError::new(format!("?{name}"), "missing_field", "this parameter is required");
            Problem::invalid_field(error)
        }
        ParameterError::Invalid(name) => {
            let pointer = format!("?{}", shortened(&name));
            Problem::invalid_field(FieldError::new(pointer, "invalid_value", "this value is not acceptable here"))
        }
        malformed @ (ParameterError::Malformed(_) | ParameterError::Unacceptable) => {
            Problem::malformed_query(malformed)
        }
    }
}

/// A name that the client made up is repeated only so far.
fn shortened(name: &str) -> &str {
    name.get(..name.floor_char_boundary(64)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq, Eq)]
    struct Page {
        limit: Option<u32>,
        cursor: Option<String>,
        dry_run: Option<bool>,
    }

    #[test]
    fn numbers_truth_and_text_are_read() {
        let page = Page { limit: Some(50), cursor: Some("a b".to_owned()), dry_run: Some(true) };
        assert_eq!(parse::<Page>("limit=50&cursor=a%20b&dry_run=true").unwrap(), page);
        assert_eq!(parse::<Page>("limit=").unwrap(), Page { limit: None, cursor: None, dry_run: None });
    }

    #[test]
    fn mistakes_are_named() {
        for (query, code) in [
            ("limit=-1", "invalid_field"),
            ("limit=99999999999", "invalid_field"),
            ("dry_run=yes", "invalid_field"),
            ("limits=1", "unknown_field"),
            ("limit=1&limit=2", "malformed_query"),
            ("cursor=%00", "malformed_query"),
        ] {
            assert_eq!(parse::<Page>(query).unwrap_err().code(), code, "{query}");
        }
    }
}
