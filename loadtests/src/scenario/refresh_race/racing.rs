//! Several callers show one token at the same time; then one of them, whose answer was lost, shows it again. All of
//! them have to be given the very same next one.

use crate::dice::Dice;
use crate::driver::line::{Answer, Lost};
use crate::driver::sheet::Outcome;
use crate::driver::{Ask, Heard, Share, Traffic};
use crate::place::sign_in::SignedIn;
use crate::scenario::traffic::{outcome, refresh};

/// At one token at once.
pub const CALLERS: usize = 8;

struct Family {
    person: SignedIn,
    /// Of this generation.
    asked: usize,
    heard: usize,
    next: Option<String>,
}

pub struct Racing {
    families: Vec<Family>,
    turn: usize,
}

impl Racing {
    pub fn new(people: &[SignedIn], share: Share) -> Self {
        let family = |person| Family { person, asked: 0, heard: 0, next: None };
        Self { families: share.take(people).into_iter().map(family).collect(), turn: 0 }
    }
}

impl Family {
    /// The last one of a generation comes alone, after all others: its first answer was lost.
    const fn may_ask(&self) -> bool {
        self.asked < CALLERS || (self.asked == CALLERS && self.heard == CALLERS)
    }

    fn hear(&mut self, token: &str) -> Outcome {
        let agreed = self.next.get_or_insert_with(|| token.to_owned());
        if *agreed == token && !token.is_empty() { Outcome::Good } else { Outcome::Wrong }
    }

    fn finish(&mut self) {
        self.heard += 1;
        if self.heard > CALLERS {
            (self.asked, self.heard) = (0, 0);
            if let Some(next) = self.next.take() {
                self.person.refresh_token = next;
            }
        }
    }
}

impl Traffic for Racing {
    fn ask(&mut self, _: &mut Dice) -> Option<Ask> {
        // Stays at a family until all its callers have asked, so that they are at once.
        for _ in 0..self.families.len() {
            let who = self.turn % self.families.len();
            let family = self.families.get_mut(who)?;
            if family.may_ask() {
                family.asked += 1;
                return Some(Ask { who, request: refresh(&family.person.refresh_token, family.person.number) });
            }
            self.turn += 1;
        }
        None
    }

    fn hear(&mut self, who: usize, answer: Result<&Answer, &Lost>) -> Heard {
        let mut outcome = outcome(answer);
        if let Some(family) = self.families.get_mut(who) {
            if let (Outcome::Good, Ok(answer)) = (outcome, answer) {
                outcome = family.hear(&answer.text("refresh_token"));
            }
            family.finish();
        }
        Heard::Over(outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use hyper::HeaderMap;

    fn answer(token: &str) -> Answer {
        let body = Bytes::from(format!(r#"{{"refresh_token":"{token}"}}"#));
        Answer { status: 200, headers: HeaderMap::new(), body }
    }

    #[test]
    fn another_token_for_the_same_one_is_noticed() {
        let person = SignedIn { number: 1, access_token: String::new(), refresh_token: "first".to_owned() };
        let mut racing = Racing::new(&[person], Share { index: 0, of: 1 });
        let mut dice = Dice::new(1);
        for _ in 0..CALLERS {
            assert!(racing.ask(&mut dice).is_some());
        }
        assert!(racing.ask(&mut dice).is_none(), "the one whose answer was lost comes after the others");
        for _ in 1..CALLERS {
            assert!(matches!(racing.hear(0, Ok(&answer("second"))), Heard::Over(Outcome::Good)));
        }
        assert!(matches!(racing.hear(0, Ok(&answer("another"))), Heard::Over(Outcome::Wrong)));
        assert!(racing.ask(&mut dice).is_some());
        assert!(matches!(racing.hear(0, Ok(&answer("second"))), Heard::Over(Outcome::Good)));
        assert_eq!(racing.families[0].person.refresh_token, "second");
    }
}
