//! The HTTP floor: bytes come in, are read into parsed types, and an answer of a flow is rendered.
//!
//! It promises that every answer, whatever the bytes were, has the form of its plane (RFC 9457, or RFC 6749 below
//! `/oauth2/`), a request id and the security headers, and that no panic, cause or secret reaches a client. [`edge`] is
//! the frame around all of it, [`problem`] the only place that knows status codes; bodies, parameters and credentials
//! are read by strict, bounded extractors. It decides nothing about the business and never touches `store`.

mod account_json;
pub mod admin;
pub mod allowed;
pub mod audit_json;
pub mod bearer;
pub mod body;
mod caller;
pub mod client_address;
pub mod client_credentials;
pub mod deadline;
pub mod edge;
mod email;
mod fields;
pub mod form;
mod health;
mod if_match;
mod json;
mod login;
mod login_mfa;
mod logout;
mod me;
mod mfa;
mod my_account;
mod my_events;
pub mod my_sessions;
pub mod not_found;
mod oauth;
mod oauth2;
mod pages;
mod paging;
mod parameters;
mod password;
mod path_id;
mod payload;
mod personal_data_json;
mod plane;
pub mod problem;
pub mod query;
mod reauthenticate;
mod refresh;
mod register;
pub mod request_id;
mod revocations;
pub mod routes;
mod security_headers;
pub mod server;
mod set_up;
mod signed_in_json;
mod trace_context;
mod urlencoded;
pub mod user_agent;
mod visit;
pub mod well_known;
mod wishes;
