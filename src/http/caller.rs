//! Whoever brings a good access token.

use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::LocalBoxFuture;
use secrecy::ExposeSecret;

use super::bearer::BearerToken;
use super::deadline::EdgeDeadline;
use super::problem::Problem;
use super::visit::visit_of;
use crate::domain::access_token::AccessClaims;
use crate::domain::permission::Permission;
use crate::flows::authenticate::{AuthenticateError, authenticate};
use crate::flows::{Context, Visit};

/// A person or a program, authenticated.
pub struct Caller {
    pub claims: Arc<AccessClaims>,
}

impl Caller {
    /// # Errors
    /// 403 `permission_denied`.
    pub fn demand(&self, permission: &Permission) -> Result<(), Problem> {
        if self.claims.held().allows(permission) { Ok(()) } else { Err(Problem::permission_denied()) }
    }
}

impl FromRequest for Caller {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let token = BearerToken::brought(request);
        let visit = Visit::until(EdgeDeadline::of(request).0);
        let context = request.app_data::<web::Data<Context>>().cloned();
        Box::pin(async move {
            let context = context.ok_or_else(|| Problem::internal("the app was built without its context"))?;
            let token = token?.ok_or_else(Problem::not_authenticated)?;
            let claims = authenticate(&context, &visit, token.expose_secret()).await?;
            Ok(Self { claims })
        })
    }
}

/// A caller with an account of its own, so not a service client.
pub struct Person {
    pub claims: Arc<AccessClaims>,
    pub visit: Visit,
}

impl FromRequest for Person {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let visit = visit_of(request);
        let caller = Caller::from_request(request, payload);
        Box::pin(async move {
            let Caller { claims } = caller.await?;
            if claims.sid.is_none() {
                return Err(AuthenticateError::NotAPerson.into());
            }
            Ok(Self { claims, visit })
        })
    }
}

/// A person who has shown a factor in the last five minutes.
pub struct FreshPerson(pub Person);

impl FromRequest for FreshPerson {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let context = request.app_data::<web::Data<Context>>().cloned();
        let person = Person::from_request(request, payload);
        Box::pin(async move {
            let context = context.ok_or_else(|| Problem::internal("the app was built without its context"))?;
            let person = person.await?;
            if person.claims.is_fresh(context.house.clock.now()) {
                Ok(Self(person))
            } else {
                Err(Problem::reauthentication_required())
            }
        })
    }
}
