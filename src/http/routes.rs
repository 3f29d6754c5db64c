//! Every route there is.

use actix_web::web::{ServiceConfig, resource};

use super::{health, login, logout, me, oauth2, refresh, register, revocations, set_up, well_known};

/// The app listener: the app plane, the protocol plane, and health.
pub fn app(routes: &mut ServiceConfig) {
    routes
        .service(resource("/v1/setup").post(set_up::post))
        .service(resource("/v1/register").post(register::post))
        .service(resource("/v1/login").post(login::post))
        .service(resource("/v1/token/refresh").post(refresh::post))
        .service(resource("/v1/logout").post(logout::post))
        .service(resource("/v1/me").get(me::get).patch(me::patch))
        .service(resource("/v1/revocations").get(revocations::get))
        .service(resource("/oauth2/token").post(oauth2::token))
        .service(resource("/oauth2/introspect").post(oauth2::introspection))
        .service(resource("/oauth2/revoke").post(oauth2::revocation))
        .service(resource("/.well-known/jwks.json").get(well_known::jwks))
        .service(resource("/.well-known/oauth-authorization-server").get(well_known::authorization_server));
    ops(routes);
}

/// The ops listener, and a part of the other.
pub fn ops(routes: &mut ServiceConfig) {
    routes
        .service(resource("/livez").get(health::livez))
        .service(resource("/readyz").get(health::readyz))
        .service(resource("/version").get(health::version));
}
