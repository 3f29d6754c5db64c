//! What an app asks for when it sends somebody to a provider, as it stands in a query or in a body.

use serde::Deserialize;

use super::problem::{FieldError, Problem};
use crate::domain::pkce::{CodeChallenge, PkceError};
use crate::flows::oauth::Wish;

/// Of an app's own state, which comes back in a URL beside the code.
const STATE_CHARS_MAX: usize = 512;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WishBody {
    pub redirect_to: String,
    pub code_challenge: String,
    /// S256, or nothing.
    pub code_challenge_method: Option<String>,
    pub state: Option<String>,
}

impl WishBody {
    /// `before`: what stands before a field's name in a pointer to it.
    ///
    /// # Errors
    /// 400 `invalid_field`.
    pub fn parse(self, before: &str) -> Result<Wish, Problem> {
        let invalid = |field: &str, detail: String| {
            Problem::invalid_field(FieldError::new(format!("{before}{field}"), "invalid_value", detail))
        };
        let challenge = CodeChallenge::parse(&self.code_challenge, self.code_challenge_method.as_deref());
        let challenge = challenge.map_err(|error| {
            let is_method = matches!(error, PkceError::Method);
            invalid(if is_method { "code_challenge_method" } else { "code_challenge" }, error.to_string())
        })?;
        // RFC 6749, appendix A.5: visible ASCII and spaces.
        let may_stand =
            |state: &String| state.len() <= STATE_CHARS_MAX && state.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        if !self.state.as_ref().is_none_or(may_stand) {
            return Err(invalid("state", format!("at most {STATE_CHARS_MAX} ASCII characters")));
        }
        Ok(Wish { redirect_to: self.redirect_to, challenge, state: self.state })
    }
}
