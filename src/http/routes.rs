//! Every route there is.

use actix_web::web::{ServiceConfig, resource};

use super::{
    email, health, login, login_mfa, logout, me, mfa, my_account, my_sessions, oauth, oauth2, pages, password,
    reauthenticate, refresh, register, revocations, set_up, well_known,
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

// The app listener: the app plane, the protocol plane. In order: what is asked most is found first.
routes! { app_plane, APP_ROUTES:
    "/oauth2/introspect" => { post oauth2::introspection }
    "/v1/token/refresh" => { post refresh::post }
    "/v1/me" => { get me::get, patch me::patch }
    "/v1/me/sessions" => { get my_sessions::get }
    "/v1/me/sessions/{id}" => { delete my_sessions::delete }
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

// The ops listener, and a part of the other.
routes! { ops, OPS_ROUTES:
    "/livez" => { get health::livez }
    "/readyz" => { get health::readyz }
    "/version" => { get health::version }
}

pub fn app(routes: &mut ServiceConfig) {
    app_plane(routes);
    ops(routes);
}
