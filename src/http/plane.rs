//! Which form an answer has: the path alone decides, so that a 404, a 405 or a panic has its plane's form too.

use actix_web::dev::{Path, Url};

/// A part of the surface with one form of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plane {
    /// Problem details (RFC 9457): everything that is not the protocol plane.
    App,
    /// `{error, error_description}` (RFC 6749 §5.2): everything below `/oauth2/`.
    Protocol,
}

impl Plane {
    /// Asks the path as the router reads it, percent-decoded: `/%6fauth2/token` is routed to `/oauth2/token`, and
    /// would otherwise be answered in the other plane's form.
    pub(super) fn of_path(path: &Path<Url>) -> Self {
        let path = path.get_ref().path();
        if path == "/oauth2" || path.starts_with("/oauth2/") { Self::Protocol } else { Self::App }
    }
}
