//! How the domain's own values stand in a column.

use sqlx::database::Database;
use sqlx::decode::Decode;
use sqlx::encode::{Encode, IsNull};
use sqlx::error::BoxDynError;
use sqlx::types::Type;

use crate::domain::clock::Timestamp;

impl<D: Database> Type<D> for Timestamp
where
    i64: Type<D>,
{
    fn type_info() -> D::TypeInfo {
        i64::type_info()
    }

    fn compatible(found: &D::TypeInfo) -> bool {
        i64::compatible(found)
    }
}

impl<'q, D: Database> Encode<'q, D> for Timestamp
where
    i64: Encode<'q, D>,
{
    fn encode_by_ref(&self, buffer: &mut D::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
        self.as_micros().encode_by_ref(buffer)
    }
}

impl<'r, D: Database> Decode<'r, D> for Timestamp
where
    i64: Decode<'r, D>,
{
    fn decode(value: D::ValueRef<'r>) -> Result<Self, BoxDynError> {
        i64::decode(value).map(Self::from_micros)
    }
}
