//! Every route there is.

use actix_web::web::{ServiceConfig, resource};

use super::admin::{
    audit, clients, invitations, keys, load, role_holders, roles, sessions, user_deeds, user_list, user_mfa, users,
};
use super::allowed::{
    AuditRead, ClientsRead, ClientsWrite, KeysRead, KeysRotate, LoadRead, Permitted, RolesAssign, RolesRead,
    RolesWrite, SessionsRead, SessionsWrite, UsersRead, UsersWrite, only,
};
use super::{
    email, health, login, login_mfa, logout, me, mfa, my_account, my_events, my_sessions, oauth, oauth2, pages,
    password, reauthenticate, refresh, register, revocations, set_up, well_known,
};

/// From one table: the services, and a list of them that tests walk, so that no route is ever forgotten.
macro_rules! routes {
    ($of:ident, $list:ident: $($path:literal => { $($method:ident $handler:path),+ $(,)? })+) => {
        pub const $list: &[(&str, &[&str])] = &[$(($path, &[$(stringify!($method)),+])),+];

        pub fn $of(routes: &mut ServiceConfig) {
            routes$(.service(resource($path)$(.$method($handler))+))+;
        }
    };
}

/// The same for the admin plane. Each method states the permission that it needs, between its name and its handler, and a
/// handler that does not ask for exactly this one first does not compile.
macro_rules! admin_routes {
    ($of:ident, $list:ident: $($path:literal => { $($method:ident $permission:ident $handler:path),+ $(,)? })+) => {
        /// Path, method, permission.
        pub const $list: &[(&str, &str, &str)] =
            &[$($(($path, stringify!($method), <$permission as Permitted>::PERMISSION)),+),+];

        pub fn $of(routes: &mut ServiceConfig) {
            routes$(.service(resource($path)$(.$method(only::<$permission, _, _>($handler)))+))+;
        }
    };
}

// The app listener: the app plane, the protocol plane. In order: what is asked most is found first.
routes! { app_plane, APP_ROUTES:
    "/oauth2/introspect" => { post oauth2::introspection }
    "/v1/token/refresh" => { post refresh::post }
    "/v1/me" => { get me::get, patch me::patch }
    "/v1/me/sessions" => { get my_sessions::get }
    "/v1/me/sessions/{id}" => { delete my_sessions::delete }
    "/v1/me/events" => { get my_events::get }
    "/v1/me/delete" => { post my_account::delete }
    "/v1/me/export" => { get my_account::export }
    "/v1/login" => { post login::post }
    "/v1/login/mfa" => { post login_mfa::post }
    "/v1/login/password" => { post password::challenged::post }
    "/v1/logout" => { post logout::post }
    "/v1/register" => { post register::post }
    "/v1/password/policy" => { get password::policy::get }
    "/v1/password/check" => { post password::check::post }
    "/v1/password/change" => { post password::change::post }
    "/v1/password/forgot" => { post password::forgotten::forgot }
    "/v1/password/reset" => { post password::forgotten::reset }
    "/v1/email/verify" => { post email::verify }
    "/v1/email/verify/resend" => { post email::resend }
    "/v1/email/change" => { post email::change }
    "/v1/email/change/confirm" => { post email::confirm_change }
    "/v1/setup" => { post set_up::post }
    "/v1/me/reauthenticate" => { post reauthenticate::post }
    "/v1/me/mfa" => { get mfa::get }
    "/v1/me/mfa/totp" => { post mfa::offer, delete mfa::turn_off }
    "/v1/me/mfa/totp/confirm" => { post mfa::confirm }
    "/v1/me/mfa/recovery-codes" => { post mfa::recovery_codes }
    "/v1/me/identities" => { get oauth::get }
    "/v1/me/identities/{id}" => { post oauth::link, delete oauth::delete }
    "/v1/me/reauthenticate/{provider}" => { post oauth::reauthenticate }
    "/v1/oauth/providers" => { get oauth::providers }
    "/v1/oauth/{provider}/start" => { get oauth::start }
    "/v1/oauth/{provider}/callback" => { get oauth::callback }
    "/v1/oauth/exchange" => { post oauth::exchange }
    "/v1/revocations" => { get revocations::get }
    "/oauth2/token" => { post oauth2::token }
    "/oauth2/revoke" => { post oauth2::revocation }
    "/pages/reset-password" => { get pages::reset_password }
    "/pages/verify-email" => { get pages::verify_email }
    "/.well-known/jwks.json" => { get well_known::jwks }
    "/.well-known/oauth-authorization-server" => { get well_known::authorization_server }
}

// On the app listener too. A line stands below the part of the admin plane that it belongs to.
admin_routes! { admin_plane, ADMIN_ROUTES:
    "/v1/admin/users" => { get UsersRead user_list::get, post UsersWrite users::create }
    "/v1/admin/users/{id}" => { get UsersRead users::get, patch UsersWrite users::patch, delete UsersWrite users::delete }
    "/v1/admin/users/{id}/lock" => { post UsersWrite user_deeds::lock }
    "/v1/admin/users/{id}/unlock" => { post UsersWrite user_deeds::unlock }
    "/v1/admin/users/{id}/set-password" => { post UsersWrite user_deeds::set_password }
    "/v1/admin/users/{id}/require-password-change" => { post UsersWrite user_deeds::require_change }
    "/v1/admin/users/{id}/verify-email" => { post UsersWrite user_deeds::verify_email }
    "/v1/admin/users/{id}/sessions" => { get SessionsRead sessions::list, delete SessionsWrite sessions::end_all_of }
    "/v1/admin/users/{id}/mfa" => { get UsersWrite user_mfa::get, delete UsersWrite user_mfa::delete }
    "/v1/admin/sessions/revoke" => { post SessionsWrite sessions::revoke }
    "/v1/admin/sessions/{id}" => { delete SessionsWrite sessions::end_one }
    "/v1/admin/invitations" => { get UsersWrite invitations::list, post UsersWrite invitations::create }
    "/v1/admin/invitations/{id}" => { delete UsersWrite invitations::delete }
    "/v1/admin/users/{id}/roles/{role}" => {
        get RolesAssign role_holders::get, put RolesAssign role_holders::put, delete RolesAssign role_holders::delete
    }
    "/v1/admin/roles" => { get RolesRead roles::list, post RolesWrite roles::create }
    "/v1/admin/roles/{name}" => {
        get RolesRead roles::get, patch RolesWrite roles::patch, delete RolesWrite roles::delete
    }
    "/v1/admin/clients" => { get ClientsRead clients::list, post ClientsWrite clients::create }
    "/v1/admin/clients/{id}" => { delete ClientsWrite clients::delete }
    "/v1/admin/clients/{id}/rotate-secret" => { post ClientsWrite clients::rotate_secret }
    "/v1/admin/keys" => { get KeysRead keys::list }
    "/v1/admin/keys/rotate" => { post KeysRotate keys::rotate }
    "/v1/admin/audit" => { get AuditRead audit::get }
    "/v1/admin/load" => { get LoadRead load::get }
}

// The ops listener, and a part of the other.
routes! { ops, OPS_ROUTES:
    "/livez" => { get health::livez }
    "/readyz" => { get health::readyz }
    "/version" => { get health::version }
}

pub fn app(routes: &mut ServiceConfig) {
    app_plane(routes);
    admin_plane(routes);
    ops(routes);
}
