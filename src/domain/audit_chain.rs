//! What is wrong with the events under one seal: the chain of their links, followed from its beginning to its root.

use std::fmt;

use uuid::Uuid;

use super::audit_seal::{Hash, Seal, link};

/// An event under a seal, as far as the chain goes.
#[derive(Clone, Debug)]
pub struct ChainedEvent {
    pub id: Uuid,
    pub place: i64,
    pub link: Vec<u8>,
    /// Of what stands in its row; `None` when that cannot even be read.
    pub hash: Option<Hash>,
    /// Whether its personal data is what it was, where it was not erased.
    pub personal_fits: bool,
}

/// Something that was done to the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw {
    EventAltered {
        id: Uuid,
        place: i64,
    },
    /// What came from somebody, or named them: the event itself is as it was.
    PersonalAltered {
        id: Uuid,
        place: i64,
    },
    EventsMissing {
        from: i64,
        through: i64,
    },
    /// It belongs to place `from`.
    EventMoved {
        id: Uuid,
        from: i64,
        to: i64,
    },
    EventInserted {
        id: Uuid,
        place: i64,
    },
    /// It names a seal that there is not: it was inserted, or the newest seals were removed.
    SealUnknown {
        id: Uuid,
    },
    /// Personal data that belongs to no event.
    PersonalStray {
        id: Uuid,
    },
    /// Each event fits to the one before, but they do not end where the seal says: their links were made anew.
    OtherEvents,
    /// Or signed under a key that is neither `SECRET_KEY` nor `SECRET_KEY_PREVIOUS`, with nothing signed behind it.
    SealAltered,
    /// From the one named to `through` each seal follows the one before, and none is signed under a key that is known.
    SealsUnsigned {
        through: i64,
    },
    /// From the one named to `through`.
    SealsMissing {
        through: i64,
    },
    /// Both are signed, but this is not the one that followed.
    SealReplaced,
    /// The copy that was kept elsewhere has another hash under this number.
    NotAsExpected,
}

/// A flaw, and the seal at which it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub seal: i64,
    pub flaw: Flaw,
}

impl Flaw {
    /// For programs.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::EventAltered { .. } => "event_altered",
            Self::PersonalAltered { .. } => "personal_altered",
            Self::EventsMissing { .. } => "events_missing",
            Self::EventMoved { .. } => "event_moved",
            Self::EventInserted { .. } => "event_inserted",
            Self::SealUnknown { .. } => "seal_unknown",
            Self::PersonalStray { .. } => "personal_stray",
            Self::OtherEvents => "other_events",
            Self::SealAltered => "seal_altered",
            Self::SealsUnsigned { .. } => "seals_unsigned",
            Self::SealsMissing { .. } => "seals_missing",
            Self::SealReplaced => "seal_replaced",
            Self::NotAsExpected => "not_as_expected",
        }
    }

    /// The event that it is about, where there is one that has an id.
    pub const fn event(&self) -> Option<Uuid> {
        match self {
            Self::EventAltered { id, .. }
            | Self::PersonalAltered { id, .. }
            | Self::EventMoved { id, .. }
            | Self::EventInserted { id, .. }
            | Self::SealUnknown { id }
            | Self::PersonalStray { id } => Some(*id),
            Self::EventsMissing { .. }
            | Self::OtherEvents
            | Self::SealAltered
            | Self::SealsUnsigned { .. }
            | Self::SealsMissing { .. }
            | Self::SealReplaced
            | Self::NotAsExpected => None,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seal = self.seal;
        match &self.flaw {
            Flaw::EventAltered { id, place } => write!(out, "event {id} (seal {seal}, place {place}) was altered"),
            Flaw::PersonalAltered { id, place } => {
                write!(out, "the personal data of event {id} (seal {seal}, place {place}) was altered")
            }
            Flaw::EventsMissing { from, through } if from == through => {
                write!(out, "the event at place {from} of seal {seal} was removed")
            }
            Flaw::EventsMissing { from, through } => {
                write!(out, "the events at places {from} to {through} of seal {seal} were removed")
            }
            Flaw::EventMoved { id, from, to } => {
                write!(out, "event {id} was moved from place {from} of seal {seal} to place {to}")
            }
            Flaw::EventInserted { id, place } => write!(out, "event {id} was inserted (seal {seal}, place {place})"),
            Flaw::SealUnknown { id } => write!(out, "event {id} names seal {seal}, which there is not"),
            Flaw::PersonalStray { id } => write!(out, "there is personal data of event {id}, and no such event"),
            Flaw::OtherEvents => write!(out, "the events of seal {seal} are not those that were sealed"),
            Flaw::SealAltered => {
                write!(out, "seal {seal} was altered, or signed under a SECRET_KEY that is not known here")
            }
            Flaw::SealsUnsigned { through } => {
                write!(out, "seals {seal} to {through} are not signed under a SECRET_KEY that is known here")
            }
            Flaw::SealsMissing { through } if *through == seal => write!(out, "seal {seal} was removed"),
            Flaw::SealsMissing { through } => write!(out, "seals {seal} to {through} were removed"),
            Flaw::SealReplaced => write!(out, "seal {seal} does not follow the one before it"),
            Flaw::NotAsExpected => write!(out, "seal {seal} is not the one that was expected"),
        }
    }
}

/// Follows the chain. `starts`: where it may begin (two places where it is unknown which of two seals was altered).
/// `is_trusted`: whether what the seal itself says holds; else only the links are compared with each other.
pub fn flaws(seal: &Seal, starts: Vec<Vec<u8>>, is_trusted: bool, mut rest: Vec<ChainedEvent>) -> Vec<Flaw> {
    let personal: Vec<Flaw> = rest.iter().filter(|event| !event.personal_fits).map(personal_altered).collect();
    let mut flaws = Vec::new();
    let count = if is_trusted { seal.count } else { i64::try_from(rest.len()).unwrap_or(i64::MAX) };
    // Empty: what came before is gone, so whoever is next is believed.
    let mut before = starts;
    for place in 1..=count {
        let stands_here = |event: &ChainedEvent| event.place == place;
        let is_next = |event: &ChainedEvent| {
            let fits = |hash| before.iter().any(|previous| link(previous, &hash)[..] == event.link);
            event.hash.is_some_and(|hash| if before.is_empty() { stands_here(event) } else { fits(hash) })
        };
        let found = rest
            .iter()
            .position(|event| stands_here(event) && is_next(event))
            .or_else(|| rest.iter().position(is_next));
        if let Some(found) = found {
            let event = rest.remove(found);
            if event.place != place {
                flaws.push(Flaw::EventMoved { id: event.id, from: place, to: event.place });
            }
            before = vec![event.link];
        } else if let Some(found) = rest.iter().position(stands_here) {
            let event = rest.remove(found);
            flaws.push(Flaw::EventAltered { id: event.id, place });
            // The next one tells whether it was the link or the rest of the row.
            let relinked =
                event.hash.iter().flat_map(|hash| before.iter().map(move |previous| link(previous, hash).to_vec()));
            before = relinked.chain([event.link]).collect();
        } else {
            missing(&mut flaws, place);
            before.clear();
        }
    }
    flaws.extend(rest.into_iter().map(|event| Flaw::EventInserted { id: event.id, place: event.place }));
    let ends_elsewhere = !before.is_empty() && !before.contains(&seal.root);
    if is_trusted && ends_elsewhere && flaws.is_empty() {
        flaws.push(Flaw::OtherEvents);
    }
    flaws.extend(personal);
    flaws
}

fn personal_altered(event: &ChainedEvent) -> Flaw {
    Flaw::PersonalAltered { id: event.id, place: event.place }
}

fn missing(flaws: &mut Vec<Flaw>, place: i64) {
    if let Some(Flaw::EventsMissing { through, .. }) = flaws.last_mut()
        && *through + 1 == place
    {
        *through = place;
        return;
    }
    flaws.push(Flaw::EventsMissing { from: place, through: place });
}

#[cfg(test)]
mod tests;
