//! `/v1/oauth/*`, and what has to do with it below `/v1/me`: signing in with a provider, by way of the browser.
//!
//! What is opened by a browser answers with a redirect, to the provider or to the app, and never holds a token; what an
//! app calls answers as everything else does. Where a browser cannot be sent anywhere it is shown the problem itself.

mod apps;
mod browser_cookie;
mod browsers;
mod identities;

pub use apps::{exchange, providers};
pub use browsers::{callback, start};
pub use identities::{delete, get, link, reauthenticate};

use actix_web::HttpRequest;

use crate::domain::provider::ProviderName;

/// The name in the path, if it can be one. Below `/v1/me/identities` it stands where an id does otherwise.
fn provider_of(request: &HttpRequest) -> Option<ProviderName> {
    let path = request.match_info();
    path.get("provider").or_else(|| path.get("id")).and_then(ProviderName::parse)
}
