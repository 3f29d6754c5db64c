//! What the actor can be asked for. The names of its trade are those of RFC 6749, RFC 7636 and OpenID Connect Core 1.0.

use std::sync::Arc;

use secrecy::SecretString;
use tokio::sync::OwnedSemaphorePermit;
use url::Url;

use super::error::OauthError;
use super::provider::Provider;
use crate::actors::door::Request;
use crate::domain::clock::Timestamp;
use crate::domain::email::Email;
use crate::domain::pkce::{CodeChallenge, CodeVerifier};
use crate::domain::profile::DisplayName;
use crate::domain::provider::{ProviderName, Subject};

/// What a provider is asked, by way of the browser.
pub struct Asked {
    /// Comes back in the callback, untouched.
    pub state: String,
    /// Comes back in the ID token. GitHub has none.
    pub nonce: String,
    /// Of the verifier that [`Redeem`] will show.
    pub code_challenge: CodeChallenge,
    /// Where the provider sends the browser; the same in [`Redeem`].
    pub redirect_uri: Url,
    /// Whether somebody has to show the provider again who they are. What came of it is in [`Account::auth_time`]: not
    /// every provider does it.
    pub prompt_login: bool,
}

/// What came back by way of the browser, and what was kept here meanwhile.
pub struct Redeem {
    pub code: SecretString,
    pub code_verifier: CodeVerifier,
    pub nonce: String,
    pub redirect_uri: Url,
    /// The callback's parameter `iss` (RFC 9207), if it had one.
    pub iss: Option<String>,
}

/// Somebody at a provider. (`issuer`, `subject`) is who they are; everything else may change.
#[derive(Clone, Debug)]
pub struct Account {
    pub provider: ProviderName,
    pub issuer: String,
    pub subject: Subject,
    /// `None` also for an address that is none to Keystead.
    pub email: Option<Email>,
    /// Whether the provider says that the address is theirs.
    pub email_verified: bool,
    pub name: Option<DisplayName>,
    /// When they last showed the provider who they are, if it says so.
    pub auth_time: Option<Timestamp>,
    /// Roles of this installation, sorted; `None` when the provider has no say in them.
    pub roles: Option<Vec<String>>,
}

/// A provider with a place there. The place falls when the work has ended.
pub(super) struct At<M> {
    pub provider: Arc<Provider>,
    pub message: M,
    pub place: OwnedSemaphorePermit,
}

impl Request for At<Asked> {
    type Reply = Result<Url, OauthError>;
}

impl Request for At<Redeem> {
    type Reply = Result<Account, OauthError>;
}
