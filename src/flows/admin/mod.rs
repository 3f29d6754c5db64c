//! What administrators do, one file a resource or a deed.
//!
//! Each flow is told by whom it is asked. That they hold the call's permission is made sure of before; whom they
//! may act on, and what they may hand on, stands in [`above`] alone. Deeds are written to the audit trail in the unit
//! that does them.

pub mod above;
pub mod after_restore;
pub mod audit;
pub mod by;
pub mod change_user;
pub mod clients;
pub mod create_user;
pub mod delete_user;
pub mod end_sessions;
pub mod give_password;
pub mod invitations;
pub mod keys;
pub mod load;
pub mod lock_user;
pub mod provision_user;
pub mod role_holders;
pub mod roles;
pub mod user_mfa;
pub mod user_sessions;
pub mod users;
