//! The handler. The schedule stands beside it, in the folder's `mod.rs`: it asks through the door like everybody else.

use std::sync::Arc;

use actix::{Actor, Context, Handler, ResponseFuture};

use super::delivery::Post;
use super::messages::SendDue;
use super::round::{self, Report, RoundError};
use crate::actors::door::{Admitted, Refused};

pub struct Mailer {
    post: Arc<Post>,
}

impl Mailer {
    pub(super) fn new(post: Arc<Post>) -> Self {
        Self { post }
    }
}

impl Actor for Mailer {
    type Context = Context<Self>;
}

impl Handler<Admitted<SendDue>> for Mailer {
    type Result = ResponseFuture<Result<Result<Report, RoundError>, Refused>>;

    fn handle(&mut self, asked: Admitted<SendDue>, _: &mut Self::Context) -> Self::Result {
        let post = Arc::clone(&self.post);
        asked.spawn(|SendDue, _| round::send_due(post))
    }
}

#[cfg(feature = "broken-controls")]
crate::actors::door::panics_on_purpose!(Mailer);
