//! Signing in with a provider. What happens while a browser is on its way goes to the app as the `code` alone.

use actix_web::http::StatusCode;

use super::super::{FieldError, Problem};
use super::{conflict, forbidden, mail, unauthorized};
use crate::actors::oauth::OauthError;
use crate::flows::cause::Cause;
use crate::flows::oauth::come_back::{ComeBackError, NotOurs};
use crate::flows::oauth::exchange::ExchangeError;
use crate::flows::oauth::start::StartError;
use crate::flows::oauth::ticket::{TicketError, UnlinkError};

impl Problem {
    /// One answer for a state that is unknown, spent, expired, or was given to another browser.
    pub fn invalid_state() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_state", "This sign-in was not begun here, or is over")
            .detail("go back to the app and sign in again")
    }
}

impl From<StartError> for Problem {
    fn from(error: StartError) -> Self {
        match error {
            StartError::UnknownProvider => Self::not_found(),
            StartError::RedirectNotAllowed => redirect_not_allowed("?redirect_to"),
            StartError::TicketSpent => mail::token_spent(),
            StartError::Cause(cause) => cause.into(),
        }
    }
}

impl From<TicketError> for Problem {
    fn from(error: TicketError) -> Self {
        match error {
            TicketError::UnknownProvider => Self::not_found(),
            TicketError::RedirectNotAllowed => redirect_not_allowed("/redirect_to"),
            TicketError::NotLinked => conflict("identity_not_linked", "No identity of this provider is linked"),
            TicketError::SessionRevoked => unauthorized("session_revoked", "The session has ended"),
            TicketError::Cause(cause) => cause.into(),
        }
    }
}

impl From<UnlinkError> for Problem {
    fn from(error: UnlinkError) -> Self {
        match error {
            UnlinkError::NoSuchIdentity => Self::not_found(),
            UnlinkError::LastCredential => {
                conflict("last_credential", "There would be no way in left").detail("set a password first")
            }
            UnlinkError::Cause(cause) => cause.into(),
        }
    }
}

impl From<NotOurs> for Problem {
    fn from(error: NotOurs) -> Self {
        match error {
            NotOurs::InvalidState => Self::invalid_state(),
            NotOurs::Cause(cause) => cause.into(),
        }
    }
}

impl From<ComeBackError> for Problem {
    fn from(error: ComeBackError) -> Self {
        match error {
            ComeBackError::Denied => forbidden("access_denied", "The sign-in was called off at the provider"),
            ComeBackError::Provider(error) => error.into(),
            ComeBackError::EmailUnverified => {
                forbidden("provider_email_unverified", "The provider does not vouch for the e-mail address")
            }
            ComeBackError::AccountExists => {
                conflict("account_exists_link_required", "There is an account with this e-mail address")
                    .detail("sign in to it, and link the provider there")
            }
            ComeBackError::RegistrationClosed => forbidden("registration_closed", "Registration is closed"),
            ComeBackError::AnotherIdentity => forbidden("identity_mismatch", "This is somebody else at the provider"),
            ComeBackError::NotFresh => forbidden("provider_not_fresh", "The provider has not asked anew who is there"),
            ComeBackError::NoSuchAccount => mail::token_spent(),
            ComeBackError::Cause(cause) => cause.into(),
        }
    }
}

impl From<ExchangeError> for Problem {
    fn from(error: ExchangeError) -> Self {
        match error {
            ExchangeError::CodeSpent => mail::token_spent(),
            ExchangeError::EmailUnverified => forbidden("email_not_verified", "The e-mail address is not verified"),
            ExchangeError::IdentityTaken => conflict("identity_taken", "The identity is linked to another account"),
            ExchangeError::Cause(cause) => cause.into(),
        }
    }
}

impl From<OauthError> for Problem {
    fn from(error: OauthError) -> Self {
        let (code, title) = match &error {
            OauthError::UnknownProvider => return Self::not_found(),
            OauthError::Door(refused) => return Cause::from(*refused).into(),
            OauthError::Busy => ("provider_busy", "Too many wait for the provider"),
            OauthError::Unreachable => ("provider_unreachable", "The provider cannot be reached"),
            OauthError::TooLate => ("provider_too_late", "The provider did not answer in time"),
            OauthError::TooLarge => ("provider_answer_too_large", "The provider's answer is too large"),
            OauthError::NotJson => ("provider_answer_not_json", "The provider's answer is not JSON"),
            OauthError::Redirected => ("provider_redirected", "The provider redirects, which is not followed"),
            OauthError::PrivateAddress => ("provider_address_private", "The provider is at a private address"),
            OauthError::Insecure => ("provider_insecure", "The provider is not reached over TLS"),
            OauthError::Status(_) => ("provider_failed", "The provider answers with an error"),
            OauthError::Refused { .. } => ("provider_refused", "The provider refuses"),
            OauthError::IssuerMismatch => ("provider_issuer_mismatch", "The answer is another issuer's"),
            OauthError::Malformed => ("provider_answer_malformed", "The provider's answer cannot be understood"),
            OauthError::BadSignature => ("provider_signature_invalid", "The ID token's signature is wrong"),
            OauthError::UnknownKey => ("provider_key_unknown", "The ID token's key is not published"),
            OauthError::AlgorithmRefused => ("provider_algorithm_refused", "The ID token's algorithm is not accepted"),
            OauthError::WrongAudience => ("provider_audience_mismatch", "The ID token is for somebody else"),
            OauthError::WrongNonce => ("provider_nonce_mismatch", "The ID token is for another sign-in"),
            OauthError::Expired => ("provider_token_expired", "The ID token has expired"),
            OauthError::WrongSubject => ("provider_subject_mismatch", "The provider tells of different people"),
        };
        Self::new(StatusCode::BAD_GATEWAY, code, title).caused_by(error)
    }
}

fn redirect_not_allowed(pointer: &'static str) -> Problem {
    let detail = "OAUTH_REDIRECTS does not have this target, letter for letter";
    Problem::invalid_field(FieldError::new(pointer, "invalid_value", detail))
}
