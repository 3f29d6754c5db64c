//! The way out: one HTTP client, and what holds for every request that leaves by it.
//!
//! No redirects, no cookies, no proxy of the environment, no compression; https unless it was allowed otherwise; a bound
//! on the bytes of an answer that is held while they arrive, and one on the time in all.

use std::error::Error as _;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use oauth2::{HttpRequest, HttpResponse, http};
use reqwest::header::CONTENT_TYPE;
use url::{Host, Url};

use super::addresses::{Lookup, NoneIsPublic, OpenAddresses, is_public};
use super::error::OauthError;
use crate::domain::clock::Deadline;

/// Metadata has 2 to 10 KiB, a key set 1 to 5, a token answer with many claims 10. GitHub's addresses of one account
/// are 100 at most.
pub(super) const ANSWER_BYTES_MAX: usize = 256 * 1_024;
/// A sign-in asks a provider three times in a row; then it is quiet for minutes.
const IDLE_CONNECTIONS: usize = 2;
const IDLE: Duration = Duration::from_secs(20);

#[derive(Clone)]
pub(super) struct Outgoing {
    client: reqwest::Client,
    allow_private_networks: bool,
}

impl Outgoing {
    /// # Errors
    /// When there is nothing that TLS certificates could be checked against.
    pub fn new(lookup: Arc<dyn Lookup>, allow_private_networks: bool) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .user_agent(concat!("Keystead/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .retry(reqwest::retry::never())
            .https_only(!allow_private_networks)
            .dns_resolver(Arc::new(OpenAddresses { lookup, allow_private_networks }))
            .pool_max_idle_per_host(IDLE_CONNECTIONS)
            .pool_idle_timeout(IDLE)
            .build()?;
        Ok(Self { client, allow_private_networks })
    }

    /// Sends, and takes the whole answer, until `deadline`. An answer of any status but a redirect is one.
    ///
    /// # Errors
    /// [`OauthError`].
    pub async fn send(&self, request: HttpRequest, deadline: Deadline) -> Result<HttpResponse, OauthError> {
        let request: reqwest::Request = request.try_into().map_err(|_| OauthError::Malformed)?;
        self.check(request.url())?;
        match tokio::time::timeout_at(deadline.instant().into(), self.exchange(request)).await {
            Ok(answer) => answer,
            Err(_) => Err(OauthError::TooLate),
        }
    }

    /// A URL that a provider named: what its scheme and its host say of it. What its name leads to is judged when the
    /// connection is made.
    ///
    /// # Errors
    /// [`OauthError::PrivateAddress`], [`OauthError::Insecure`].
    pub fn check(&self, url: &Url) -> Result<(), OauthError> {
        if self.allow_private_networks {
            return if matches!(url.scheme(), "https" | "http") { Ok(()) } else { Err(OauthError::Insecure) };
        }
        if url.scheme() != "https" {
            return Err(OauthError::Insecure);
        }
        let literal = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(_)) | None => None,
        };
        if literal.is_some_and(|address| !is_public(address)) { Err(OauthError::PrivateAddress) } else { Ok(()) }
    }

    async fn exchange(&self, request: reqwest::Request) -> Result<HttpResponse, OauthError> {
        let mut response = self.client.execute(request).await.map_err(failure)?;
        if response.status().is_redirection() {
            return Err(OauthError::Redirected);
        }
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(failure)? {
            if body.len() + piece.len() > ANSWER_BYTES_MAX {
                return Err(OauthError::TooLarge);
            }
            body.extend_from_slice(&piece);
        }
        let mut answer = http::Response::new(body);
        *answer.status_mut() = response.status();
        *answer.headers_mut() = std::mem::take(response.headers_mut());
        Ok(answer)
    }
}

/// What went wrong on the way. The cause is for operators, without the URL, which may hold what is nobody's business.
fn failure(error: reqwest::Error) -> OauthError {
    let error = error.without_url();
    let mut cause = error.source();
    while let Some(inner) = cause {
        if inner.is::<NoneIsPublic>() {
            return OauthError::PrivateAddress;
        }
        cause = inner.source();
    }
    tracing::debug!(cause = ?error, "a provider could not be reached");
    OauthError::Unreachable
}

/// The body of an answer that worked and says that it is JSON.
///
/// # Errors
/// [`OauthError::Status`], [`OauthError::NotJson`].
pub(super) fn json<T: serde::de::DeserializeOwned>(answer: &HttpResponse) -> Result<T, OauthError> {
    if answer.status() != http::StatusCode::OK {
        return Err(OauthError::Status(answer.status().as_u16()));
    }
    if !says_json(answer) {
        return Err(OauthError::NotJson);
    }
    serde_json::from_slice(answer.body()).map_err(|_| OauthError::NotJson)
}

/// `application/json` and its kin, such as `application/jwk-set+json`.
pub(super) fn says_json(answer: &HttpResponse) -> bool {
    let content_type = answer.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.and_then(|text| text.split(';').next()).unwrap_or_default().trim();
    let subtype = essence.get("application/".len()..).unwrap_or_default();
    let is_application =
        essence.get(.."application/".len()).is_some_and(|kind| kind.eq_ignore_ascii_case("application/"));
    is_application && (subtype.eq_ignore_ascii_case("json") || subtype.to_ascii_lowercase().ends_with("+json"))
}

/// A GET for JSON.
///
/// # Errors
/// [`OauthError::Malformed`] when `url` or a header is none.
pub(super) fn get(url: &str, headers: &[(http::HeaderName, &str)]) -> Result<HttpRequest, OauthError> {
    let start = http::Request::get(url).header(http::header::ACCEPT, "application/json");
    let whole = headers.iter().fold(start, |request, (name, value)| request.header(name, *value));
    whole.body(Vec::new()).map_err(|_| OauthError::Malformed)
}
