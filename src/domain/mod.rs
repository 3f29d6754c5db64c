//! The words of the trade, as types that are parsed once, and the rules that need nothing but them.
//!
//! A value that stands here has been checked: an [`email::Email`] is an address, a [`standing::Permit`] was given by the
//! gate, a [`clock::Timestamp`] came from a clock that tests can set. Nothing here waits, reads or writes; nothing here
//! knows of HTTP, SQL or actors.

pub mod access_token;
pub mod account;
pub mod audit_action;
pub mod audit_chain;
pub mod audit_drop;
pub mod audit_event;
pub mod audit_record;
pub mod audit_seal;
pub mod browser_token;
pub mod client_name;
pub mod client_secret;
pub mod clock;
pub mod device_label;
pub mod device_token;
pub mod email;
pub mod etag;
pub mod identity;
pub mod letter;
pub mod letter_limit;
pub mod mac_key;
pub mod network;
mod opaque;
pub mod otpauth;
pub mod own_event;
pub mod pace;
pub mod page;
pub mod password;
pub mod permission;
pub mod personal_data;
pub mod pkce;
pub mod profile;
pub mod provider;
pub mod recovery_code;
pub mod redirects;
pub mod refresh_token;
pub mod revocation;
pub mod revocation_cursor;
pub mod role;
pub mod secret_token;
pub mod service_client;
pub mod session;
pub mod session_filter;
pub mod signing_algorithm;
pub mod signing_key;
pub mod standing;
mod text;
pub mod throttle;
mod token_frame;
pub mod totp;
pub mod user_import;
pub mod user_list;
pub mod user_record;
pub mod username;
