//! The callers that scenarios are made of.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;

use crate::dice::Dice;
use crate::driver::addresses::address;
use crate::driver::line::{Answer, Lost};
use crate::driver::request::{Request, With as _, get, post_form, post_json};
use crate::driver::sheet::Outcome;
use crate::driver::{Ask, Heard, Share, Traffic};
use crate::place::ServiceClient;
use crate::place::people::{PASSWORD, WRONG_PASSWORD, name};
use crate::place::sign_in::SignedIn;

/// Of every ten who are wrong, how many nobody knows.
const UNKNOWN_OF_TEN: usize = 2;

/// What an answer is, where only yes is hoped for.
pub fn outcome(answer: Result<&Answer, &Lost>) -> Outcome {
    match answer {
        Err(_) => Outcome::Lost,
        Ok(answer) => match answer.status {
            200..=299 => Outcome::Good,
            // Whoever turns somebody away says for how long.
            429 | 503 if answer.says_when_to_come_back() => Outcome::Refused,
            _ => Outcome::Wrong,
        },
    }
}

/// The same questions in turn.
pub struct Fixed {
    requests: Vec<Request>,
    next: usize,
}

impl Fixed {
    pub const fn new(requests: Vec<Request>) -> Self {
        Self { requests, next: 0 }
    }
}

impl Traffic for Fixed {
    fn ask(&mut self, _: &mut Dice) -> Option<Ask> {
        let request = self.requests.get(self.next % self.requests.len().max(1))?.clone();
        self.next += 1;
        Some(Ask { who: 0, request })
    }

    fn hear(&mut self, _: usize, answer: Result<&Answer, &Lost>) -> Heard {
        Heard::Over(outcome(answer))
    }
}

/// A resource server that asks whether tokens are good. Each holder's token, again and again.
pub fn introspecting(people: &[SignedIn], client: &ServiceClient, share: Share) -> Fixed {
    Fixed::new(share.take(people).iter().map(|person| introspection("/oauth2/introspect", person, client)).collect())
}

pub fn introspection(path: &str, person: &SignedIn, client: &ServiceClient) -> Request {
    post_form(path, &[("token", &person.access_token)]).basic(&client.id, &client.secret)
}

/// People who look at their own account.
pub fn looking(people: &[SignedIn], share: Share) -> Fixed {
    let request = |person: &SignedIn| get("/v1/me").bearer(&person.access_token).on_behalf_of(address(person.number));
    Fixed::new(share.take(people).iter().map(request).collect())
}

/// Apps that renew their tokens. Each shows what it was given last; one whose answer was lost shows the same again.
pub struct Refreshing {
    people: Vec<Arc<Holder>>,
    idle: VecDeque<usize>,
}

/// Somebody whose refresh token changes. It outlives a phase, so that the next one begins with the last token.
pub struct Holder {
    number: usize,
    token: Mutex<String>,
}

/// Everybody's first token.
pub fn holders(people: &[SignedIn]) -> Vec<Arc<Holder>> {
    let holder = |person: &SignedIn| Holder { number: person.number, token: Mutex::new(person.refresh_token.clone()) };
    people.iter().map(|person| Arc::new(holder(person))).collect()
}

impl Refreshing {
    pub fn new(people: &[Arc<Holder>], share: Share) -> Self {
        let people = share.take(people);
        let idle = (0..people.len()).collect();
        Self { people, idle }
    }
}

pub fn refresh(token: &str, number: usize) -> Request {
    post_json("/v1/token/refresh", &json!({ "refresh_token": token })).on_behalf_of(address(number))
}

impl Traffic for Refreshing {
    fn ask(&mut self, _: &mut Dice) -> Option<Ask> {
        let who = self.idle.pop_front()?;
        let person = self.people.get(who)?;
        let token = person.token.lock().unwrap_or_else(PoisonError::into_inner);
        Some(Ask { who, request: refresh(&token, person.number) })
    }

    fn hear(&mut self, who: usize, answer: Result<&Answer, &Lost>) -> Heard {
        self.idle.push_back(who);
        let outcome = outcome(answer);
        if let (Outcome::Good, Ok(answer), Some(person)) = (outcome, answer, self.people.get(who)) {
            let next = answer.text("refresh_token");
            if next.is_empty() {
                return Heard::Over(Outcome::Wrong);
            }
            *person.token.lock().unwrap_or_else(PoisonError::into_inner) = next;
        }
        Heard::Over(outcome)
    }
}

/// People who sign in, and some who only try to.
pub struct LoggingIn {
    /// So many names are known. They come in turn, so that nobody tries again while their last try is under way.
    pub people: usize,
    pub turn: Turn,
    /// Of a hundred, how many show a wrong password or a name that is nobody's.
    pub wrong_percent: usize,
    /// Their networks: no two callers share one, as long as there are so many.
    pub networks: usize,
}

/// Every one of them by one of the threads.
pub struct Turn {
    share: Share,
    past: usize,
}

impl Turn {
    pub const fn new(share: Share) -> Self {
        Self { share, past: 0 }
    }

    pub const fn next(&mut self) -> usize {
        let next = self.past * self.share.of + self.share.index;
        self.past += 1;
        next
    }
}

const RIGHT: usize = 0;
const WRONG: usize = 1;

impl Traffic for LoggingIn {
    fn ask(&mut self, dice: &mut Dice) -> Option<Ask> {
        let who = if dice.below(100) < self.wrong_percent { WRONG } else { RIGHT };
        let number = self.turn.next() % self.people;
        let (identifier, password) = match who {
            RIGHT => (name(number), PASSWORD),
            _ if dice.below(10) < UNKNOWN_OF_TEN => (format!("nobody-{}@example.org", dice.next()), WRONG_PASSWORD),
            _ => (name(number), WRONG_PASSWORD),
        };
        let request = post_json("/v1/login", &json!({ "identifier": identifier, "password": password }));
        Some(Ask { who, request: request.on_behalf_of(address(dice.below(self.networks))) })
    }

    fn hear(&mut self, who: usize, answer: Result<&Answer, &Lost>) -> Heard {
        let is_a_no = answer.is_ok_and(|answer| answer.status == 401);
        Heard::Over(match (who, outcome(answer)) {
            (WRONG, Outcome::Good) => Outcome::Wrong,
            (WRONG, Outcome::Wrong) if is_a_no => Outcome::Denied,
            (_, other) => other,
        })
    }
}

/// Those who renew, for streams that several phases have.
pub type Holders = Arc<Vec<Arc<Holder>>>;
