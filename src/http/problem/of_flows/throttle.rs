//! 429, with what a client needs to come back in time: `Retry-After` (RFC 9110 §10.2.3), and `RateLimit` with its policy
//! as structured fields (draft-ietf-httpapi-ratelimit-headers-10).

use std::fmt::Write;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};

use super::super::Problem;
use crate::domain::throttle::{Policy, TooManyAttempts};
use crate::flows::throttle::ThrottleError;

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

impl From<ThrottleError> for Problem {
    fn from(error: ThrottleError) -> Self {
        match error {
            ThrottleError::TooMany(too_many) => too_many.into(),
            ThrottleError::Cause(cause) => cause.into(),
        }
    }
}

impl From<TooManyAttempts> for Problem {
    fn from(TooManyAttempts { policy, retry_after }: TooManyAttempts) -> Self {
        let seconds = retry_after.as_secs().saturating_add(u64::from(retry_after.subsec_nanos() > 0)).max(1);
        let limit = format!(r#""{}";r=0;t={seconds}"#, policy.name);
        let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", "Too many attempts")
            .detail("wait as long as Retry-After says")
            .retry_after(retry_after);
        let headers = [(RATE_LIMIT, limit), (RATE_LIMIT_POLICY, policy_item(policy))];
        headers.into_iter().fold(problem, |problem, (name, text)| match HeaderValue::try_from(text) {
            Ok(value) => problem.header(name, value),
            // Only a name that holds more than letters and hyphens comes here.
            Err(_) => problem,
        })
    }
}

/// A string with its parameters (RFC 9651).
fn policy_item(policy: Policy) -> String {
    let mut item = format!(r#""{}";q={}"#, policy.name, policy.quota);
    // Writing to a String cannot fail.
    let _ = match policy.window {
        Some(window) => write!(item, ";w={}", window.as_secs()),
        None => write!(item, r#";qu="concurrent-requests""#),
    };
    item
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::http::plane::Plane;

    fn headers(window: Option<Duration>, retry_after: Duration) -> [String; 3] {
        let policy = Policy { name: "account", quota: 10, window };
        let response = Problem::from(TooManyAttempts { policy, retry_after }).render(Plane::App, None);
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        let header = |name: &str| response.headers().get(name).unwrap().to_str().unwrap().to_owned();
        ["retry-after", "ratelimit", "ratelimit-policy"].map(header)
    }

    #[test]
    fn a_client_is_told_when_to_come_back_and_of_which_limit() {
        let told = headers(Some(Duration::from_mins(15)), Duration::from_millis(1_001));
        assert_eq!(told, ["2", r#""account";r=0;t=2"#, r#""account";q=10;w=900"#]);
        let told = headers(None, Duration::ZERO);
        assert_eq!(told, ["1", r#""account";r=0;t=1"#, r#""account";q=10;qu="concurrent-requests""#]);
    }
}
