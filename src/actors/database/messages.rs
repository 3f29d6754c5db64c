//! What the database can be asked for: any query there is (the struct is the message), and how it is used.

use std::sync::Arc;

use crate::actors::door::Request;
use crate::store::error::StoreError;
use crate::store::load::StoreLoad;
use crate::store::query::{AnyQuery, Outcome};

pub struct Run(pub Arc<dyn AnyQuery>);

impl Request for Run {
    type Reply = Result<Outcome, StoreError>;
}

pub struct TellLoad;

impl Request for TellLoad {
    type Reply = StoreLoad;
}
