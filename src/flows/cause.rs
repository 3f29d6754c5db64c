//! What is nobody's fault: the server is full, the database is away, or the code is wrong.

use crate::actors::database::DatabaseError;
use crate::actors::door::Refused;
use crate::actors::hasher::HashError;
use crate::actors::issuer::IssuerError;
use crate::store::error::StoreError;

#[derive(Clone, Debug, thiserror::Error)]
pub enum Cause {
    /// Too much is going on. Come back later.
    #[error("overloaded: {0}")]
    Overloaded(Refused),
    /// The database is away, or cannot write.
    #[error("the database: {0}")]
    DatabaseAway(StoreError),
    /// This node is going down.
    #[error("shutting down")]
    Closing,
    /// Something that should not be possible. The text is for the log alone.
    #[error("defect: {0}")]
    Defect(String),
}

impl From<Refused> for Cause {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Busy | Refused::Late => Self::Overloaded(refused),
            Refused::Closed => Self::Closing,
            Refused::Panicked => Self::Defect(refused.to_string()),
        }
    }
}

impl From<DatabaseError> for Cause {
    fn from(error: DatabaseError) -> Self {
        match error {
            // The door's patience ran out before the store's did: the database is slow or away.
            DatabaseError::Door(Refused::Late) => Self::DatabaseAway(StoreError::Late),
            DatabaseError::Door(refused) => refused.into(),
            DatabaseError::Store(error) => match error {
                StoreError::Contended(_)
                | StoreError::Conflict(_)
                | StoreError::Unreachable(_)
                | StoreError::Late
                | StoreError::RolledBack => Self::DatabaseAway(error),
                StoreError::Closed => Self::Closing,
                StoreError::Panicked | StoreError::Refused(_) => Self::Defect(error.to_string()),
            },
        }
    }
}

impl From<HashError> for Cause {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Refused(refused) => refused.into(),
            HashError::Unusable(_) | HashError::TooLarge { .. } | HashError::Failed(_) => {
                Self::Defect(error.to_string())
            }
        }
    }
}

impl From<IssuerError> for Cause {
    fn from(error: IssuerError) -> Self {
        match error {
            IssuerError::Door(refused) => refused.into(),
            IssuerError::Database(error) => error.into(),
            IssuerError::NoSigningKey | IssuerError::NoMacKey | IssuerError::Sealing(_) | IssuerError::Key(_) => {
                Self::Defect(error.to_string())
            }
        }
    }
}
