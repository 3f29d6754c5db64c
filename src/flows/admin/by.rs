//! Whose deed it is.

use std::fmt;
use std::sync::Arc;

use uuid::Uuid;

use crate::domain::access_token::AccessClaims;
use crate::domain::audit_event::Actor;
use crate::domain::permission::Permissions;

/// Who asks for what administrators do.
#[derive(Clone, Debug)]
pub enum By {
    /// A person or a service client, by what their access token says.
    Bearer(Arc<AccessClaims>),
    /// Whoever may run the program on the server. They may write the database, so nothing is kept from them; what they do
    /// goes the same way all the same, past the same checks of the data and into the trail.
    Operator,
}

impl By {
    /// As the audit trail says it.
    pub fn actor(&self) -> Actor {
        match self {
            Self::Bearer(claims) => Actor::bearer(claims),
            Self::Operator => Actor::OPERATOR,
        }
    }

    /// Whether they hold all of these.
    pub fn holds(&self, permissions: &Permissions) -> bool {
        match self {
            Self::Bearer(claims) => claims.held().allow_all(permissions),
            Self::Operator => true,
        }
    }

    /// The session that asks, where there is one.
    pub fn session(&self) -> Option<Uuid> {
        match self {
            Self::Bearer(claims) => claims.sid,
            Self::Operator => None,
        }
    }

    /// The account or the service client that asks.
    pub fn id(&self) -> Option<Uuid> {
        match self {
            Self::Bearer(claims) => Some(claims.sub),
            Self::Operator => None,
        }
    }
}

/// For the log.
impl fmt::Display for By {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bearer(claims) => claims.sub.fmt(out),
            Self::Operator => out.write_str("operator"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::audit_event::ActorKind;

    #[test]
    fn an_operator_holds_everything_and_a_bearer_what_the_token_says() {
        let wanted = Permissions::parse("users:write").unwrap();
        let claims = AccessClaims { permissions: vec!["users:read".to_owned()], ..AccessClaims::for_tests() };
        let (id, session) = (claims.sub, claims.sid);
        let bearer = By::Bearer(Arc::new(claims));
        assert_eq!((bearer.holds(&wanted), By::Operator.holds(&wanted)), (false, true));
        assert_eq!((bearer.id(), bearer.session(), bearer.to_string()), (Some(id), session, id.to_string()));
        assert_eq!((By::Operator.id(), By::Operator.session()), (None, None));
        assert_eq!([bearer, By::Operator].map(|by| by.actor().kind), [ActorKind::Person, ActorKind::Operator]);
        assert_eq!(By::Operator.to_string(), "operator");
    }
}
