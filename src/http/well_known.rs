//! `/.well-known/*`: what others need to know to verify tokens.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpResponse, web};
use serde_json::json;

use crate::flows::Context;

const FOR_FIVE_MINUTES: (actix_web::http::header::HeaderName, &str) = (CACHE_CONTROL, "public, max-age=300");

/// Where this installation is to be found, and what its tokens call it.
#[derive(Clone, Debug)]
pub struct Published {
    pub public_url: String,
    pub issuer: String,
}

/// RFC 7517
pub async fn jwks(context: web::Data<Context>) -> HttpResponse {
    let jwks = context.house.issuer.jwks();
    let mut answer = HttpResponse::Ok();
    answer.insert_header(FOR_FIVE_MINUTES).insert_header((CONTENT_TYPE, "application/jwk-set+json"));
    answer.body(jwks.to_string())
}

/// RFC 8414, with what there is.
pub async fn authorization_server(published: web::Data<Published>) -> HttpResponse {
    let Published { public_url, issuer } = published.get_ref();
    let client_methods = ["client_secret_basic", "client_secret_post"];
    HttpResponse::Ok().insert_header(FOR_FIVE_MINUTES).json(json!({
        "issuer": issuer,
        "jwks_uri": format!("{public_url}/.well-known/jwks.json"),
        "token_endpoint": format!("{public_url}/oauth2/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "introspection_endpoint": format!("{public_url}/oauth2/introspect"),
        "introspection_endpoint_auth_methods_supported": client_methods,
        "revocation_endpoint": format!("{public_url}/oauth2/revoke"),
        "revocation_endpoint_auth_methods_supported": client_methods,
        "grant_types_supported": ["client_credentials", "refresh_token"],
        "response_types_supported": [],
    }))
}
