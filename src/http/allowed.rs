//! Who may do what on the admin plane: each handler there states one permission, as the type of its first argument.

use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::{FromRequest, Handler, HttpRequest};
use futures_util::future::LocalBoxFuture;

use super::caller::Caller;
use super::problem::Problem;
use super::visit::visit_of;
use crate::domain::permission::Permission;
use crate::flows::Visit;
use crate::flows::admin::by::By;

/// A permission, as a type.
pub trait Permitted: 'static {
    const PERMISSION: &'static str;
}

macro_rules! permissions {
    ($($name:ident = $text:literal),+ $(,)?) => { $(
        #[doc = concat!("`", $text, "`")]
        pub struct $name;

        impl Permitted for $name {
            const PERMISSION: &'static str = $text;
        }
    )+ };
}

permissions! {
    UsersRead = "users:read",
    UsersWrite = "users:write",
    SessionsRead = "sessions:read",
    SessionsWrite = "sessions:write",
    RolesRead = "roles:read",
    RolesWrite = "roles:write",
    RolesAssign = "roles:assign",
    ClientsRead = "clients:read",
    ClientsWrite = "clients:write",
    KeysRead = "keys:read",
    KeysRotate = "keys:rotate",
    AuditRead = "audit:read",
    LoadRead = "load:read",
}

/// A person or a program that holds the permission `P`.
///
/// # Errors
/// 401 as for every call with a bearer; 403 `permission_denied`.
pub struct Allowed<P> {
    pub by: By,
    pub visit: Visit,
    of: PhantomData<P>,
}

impl<P: Permitted> FromRequest for Allowed<P> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let visit = visit_of(request);
        let caller = Caller::from_request(request, payload);
        Box::pin(async move {
            let caller = caller.await?;
            caller.demand(&Permission::parse(P::PERMISSION).map_err(Problem::internal)?)?;
            Ok(Self { by: By::Bearer(caller.claims), visit, of: PhantomData })
        })
    }
}

/// What a handler takes, when the first of it is leave for `P`.
pub trait BeginsWith<P> {}

macro_rules! begin_with_leave {
    ($(($($more:ident)*))+) => { $(
        impl<P $(, $more)*> BeginsWith<P> for (Allowed<P>, $($more,)*) {}
    )+ };
}

begin_with_leave! { () (A) (A B) (A B C) (A B C D) (A B C D E) }

/// The handler itself, where it asks for leave for `P` before anything else; no other compiles.
pub fn only<P, H, Args>(handler: H) -> H
where
    P: Permitted,
    H: Handler<Args>,
    Args: FromRequest + BeginsWith<P>,
{
    handler
}
