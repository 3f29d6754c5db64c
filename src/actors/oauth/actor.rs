//! The handlers: each request in a task of its own, with the time that its deadline leaves.

use actix::{Actor, Context, Handler, ResponseFuture};
use url::Url;

use super::error::OauthError;
use super::messages::{Account, Asked, At, Redeem};
use super::outgoing::Outgoing;
use super::provider::Answering;
use crate::actors::door::{Admitted, Refused};
use crate::domain::clock::{Clock, Deadline};

pub struct Oauth {
    answering: Answering,
}

impl Oauth {
    pub(super) fn new(outgoing: Outgoing, clock: Clock) -> Self {
        Self { answering: Answering { outgoing, clock } }
    }
}

impl Actor for Oauth {
    type Context = Context<Self>;
}

impl Handler<Admitted<At<Asked>>> for Oauth {
    type Result = ResponseFuture<Result<Result<Url, OauthError>, Refused>>;

    fn handle(&mut self, asked: Admitted<At<Asked>>, _: &mut Self::Context) -> Self::Result {
        let answering = self.answering.clone();
        asked.spawn(|At { provider, message, place }, deadline| async move {
            let answer = in_time(deadline, provider.authorize(&answering, message, deadline)).await;
            drop(place);
            answer
        })
    }
}

impl Handler<Admitted<At<Redeem>>> for Oauth {
    type Result = ResponseFuture<Result<Result<Account, OauthError>, Refused>>;

    fn handle(&mut self, asked: Admitted<At<Redeem>>, _: &mut Self::Context) -> Self::Result {
        let answering = self.answering.clone();
        asked.spawn(|At { provider, message, place }, deadline| async move {
            let answer = in_time(deadline, provider.redeem(&answering, message, deadline)).await;
            drop(place);
            answer
        })
    }
}

/// Also what waits for somebody else's reading of the metadata ends in time.
async fn in_time<T>(deadline: Deadline, work: impl Future<Output = Result<T, OauthError>>) -> Result<T, OauthError> {
    tokio::time::timeout_at(deadline.instant().into(), work).await.unwrap_or(Err(OauthError::TooLate))
}

#[cfg(feature = "broken-controls")]
crate::actors::door::panics_on_purpose!(Oauth);
