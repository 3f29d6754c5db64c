//! What administrators look for.

use crate::dice::Dice;
use crate::driver::line::{Answer, Lost};
use crate::driver::request::{With as _, get};
use crate::driver::{Ask, Heard, Traffic};
use crate::place::people::name;
use crate::scenario::traffic::outcome;

pub struct List {
    pub name: &'static str,
    path: fn(&str, &str) -> String,
}

/// Somebody's name and somebody's id go into each, where it has a place for them.
pub static LISTS: [List; 6] = [
    List { name: "users", path: |_, _| "/v1/admin/users?limit=50".to_owned() },
    List { name: "by-address", path: |name, _| format!("/v1/admin/users?limit=50&email={}", beginning(name)) },
    List { name: "by-role", path: |_, _| "/v1/admin/users?limit=50&role=user&active=true".to_owned() },
    List { name: "sessions", path: |_, id| format!("/v1/admin/users/{id}/sessions?limit=50") },
    List { name: "audit", path: |_, _| "/v1/admin/audit?limit=50".to_owned() },
    List { name: "audit-by-outcome", path: |_, _| "/v1/admin/audit?limit=50&outcome=success".to_owned() },
];

/// Six letters find a few among a million.
fn beginning(name: &str) -> &str {
    name.get(..6).unwrap_or(name)
}

/// How the one is found whose sessions are listed: by the whole address, so nobody else is.
pub fn search(name: &str) -> String {
    format!("/v1/admin/users?limit=1&email={}", name.replace('@', "%40"))
}

pub struct Listing {
    list: &'static List,
    token: String,
    people: usize,
    /// Of somebody who has sessions.
    id: String,
}

impl Listing {
    pub fn new(list: &'static List, token: &str, people: usize, id: &str) -> Self {
        Self { list, token: token.to_owned(), people, id: id.to_owned() }
    }
}

impl Traffic for Listing {
    fn ask(&mut self, dice: &mut Dice) -> Option<Ask> {
        let path = (self.list.path)(&name(dice.below(self.people)), &self.id);
        Some(Ask { who: 0, request: get(&path).bearer(&self.token) })
    }

    fn hear(&mut self, _: usize, answer: Result<&Answer, &Lost>) -> Heard {
        Heard::Over(outcome(answer))
    }
}
