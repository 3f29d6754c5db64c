//! What the database can be asked for: any query there is (the struct is the message), and how it is used.

use crate::actors::door::Request;
use crate::store::error::StoreError;
use crate::store::load::StoreLoad;
use crate::store::query::Query;

pub struct Run<Q>(pub Q);

impl<Q: Query> Request for Run<Q> {
    type Reply = Result<Q::Output, StoreError>;
}

pub struct TellLoad;

impl Request for TellLoad {
    type Reply = StoreLoad;
}
