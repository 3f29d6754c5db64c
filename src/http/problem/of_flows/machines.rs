//! Service clients and signing keys.

use super::super::Problem;
use super::conflict;
use crate::flows::admin::clients::ClientsError;

impl From<ClientsError> for Problem {
    fn from(error: ClientsError) -> Self {
        match error {
            ClientsError::NoSuchClient => Self::not_found(),
            ClientsError::NameTaken => conflict("name_taken", "The name is taken"),
            ClientsError::Above(above) => above.into(),
            ClientsError::Cause(cause) => cause.into(),
        }
    }
}
