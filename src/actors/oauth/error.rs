//! Why a provider's word was not taken.

use crate::actors::door::Refused;

/// One variant for each way in which a sign-in at a provider comes to nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OauthError {
    #[error("no provider has this name")]
    UnknownProvider,
    /// Too many sign-ins wait for this provider; others are not affected.
    #[error("the provider is waited for too often already")]
    Busy,
    /// The node is going down, or the work panicked.
    #[error("the way to the provider: {0}")]
    Door(Refused),
    #[error("the provider cannot be reached")]
    Unreachable,
    #[error("the provider did not answer in time")]
    TooLate,
    #[error("the provider's answer is too large")]
    TooLarge,
    /// No JSON, not said to be JSON, or JSON of another shape.
    #[error("the provider's answer is not the JSON that it must be")]
    NotJson,
    #[error("the provider redirects, which is not followed")]
    Redirected,
    #[error("the provider leads to a private address")]
    PrivateAddress,
    /// An endpoint without TLS.
    #[error("the provider names an endpoint that is not https")]
    Insecure,
    #[error("the provider answers with status {0}")]
    Status(u16),
    /// RFC 6749, section 5.2: `invalid_grant` and the like.
    #[error("the provider refuses: {error}")]
    Refused { error: String },
    /// In the metadata, the callback (RFC 9207) or the ID token.
    #[error("the issuer is another one")]
    IssuerMismatch,
    /// An ID token that cannot be read, or lacks what it must have; a URL that is none.
    #[error("the provider's answer cannot be understood")]
    Malformed,
    #[error("the ID token's signature is wrong")]
    BadSignature,
    #[error("the ID token is signed with a key that the provider does not publish")]
    UnknownKey,
    /// `none`, a MAC, or another one than the key is for.
    #[error("the ID token's algorithm is not accepted")]
    AlgorithmRefused,
    #[error("the ID token is for another audience")]
    WrongAudience,
    #[error("the ID token's nonce is another one")]
    WrongNonce,
    #[error("the ID token has expired, or is from the future")]
    Expired,
    /// The userinfo endpoint tells of somebody else than the ID token.
    #[error("the provider's answers are about different people")]
    WrongSubject,
}

impl From<Refused> for OauthError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Busy => Self::Busy,
            Refused::Late => Self::TooLate,
            Refused::Closed | Refused::Panicked => Self::Door(refused),
        }
    }
}
