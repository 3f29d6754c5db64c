//! What the database can be asked for: any query there is. The struct is the message.

use crate::actors::door::Request;
use crate::store::error::StoreError;
use crate::store::query::Query;

pub struct Run<Q>(pub Q);

impl<Q: Query> Request for Run<Q> {
    type Reply = Result<Q::Output, StoreError>;
}
