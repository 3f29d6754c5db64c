//! `/v1/admin/…`, one file a resource.
//!
//! The first argument of each handler is `Allowed<…>` with the permission that its line in `routes.rs` states; nothing
//! here is reached without it. Whether somebody may act on this very person, or hand on these very permissions, is the
//! flows' to decide (`flows::admin::above`).

pub mod audit;
pub mod clients;
pub mod invitations;
pub mod keys;
pub mod load;
pub mod role_holders;
mod role_name;
pub mod roles;
pub mod sessions;
pub mod user_deeds;
pub mod user_json;
pub mod user_list;
pub mod user_mfa;
pub mod users;
