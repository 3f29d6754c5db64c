//! Everybody else: they renew and have tokens looked at, at a pace that stays the same.

use std::sync::Arc;

use super::super::traffic::{Holders, Refreshing, holders, introspecting};
use crate::driver::{Pace, Stream};
use crate::place::ServiceClient;
use crate::place::sign_in::SignedIn;

pub const NAMES: [&str; 2] = ["refresh", "introspect"];
const REFRESHES: Pace = Pace::Open { per_second: 50.0, in_flight: 256 };
const INTROSPECTIONS: Pace = Pace::Open { per_second: 200.0, in_flight: 256 };

pub struct Calm {
    renewing: Holders,
    looked_at: Arc<Vec<SignedIn>>,
    client: ServiceClient,
}

impl Calm {
    pub fn new(people: &[SignedIn], client: ServiceClient) -> Self {
        let (renewing, looked_at) = people.split_at(people.len() / 2);
        Self { renewing: Arc::new(holders(renewing)), looked_at: Arc::new(looked_at.to_vec()), client }
    }

    pub fn streams(&self) -> Vec<Stream> {
        let (renewing, looked_at, client) =
            (Arc::clone(&self.renewing), Arc::clone(&self.looked_at), self.client.clone());
        let [refresh, introspect] = NAMES;
        vec![
            Stream::new(refresh, REFRESHES, move |share| Refreshing::new(&renewing, share)),
            Stream::new(introspect, INTROSPECTIONS, move |share| introspecting(&looked_at, &client, share)),
        ]
    }
}
