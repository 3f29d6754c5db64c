//! Which sessions are meant when many are to be ended.

use std::time::Duration;

use uuid::Uuid;

use super::clock::Timestamp;

/// Ids are made by the clock of a node, moments by the database's; a node that is off by more than two seconds warns, and
/// a minute is more than any goes on with.
const CLOCKS_APART: Duration = Duration::from_mins(1);

/// All that is named has to fit; nothing named means everybody's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionFilter {
    pub user_id: Option<Uuid>,
    /// From where they began.
    pub ip: Option<String>,
    /// They began earlier.
    pub before: Option<Timestamp>,
}

impl SessionFilter {
    /// Ids of what is meant are smaller, because they begin with the time. It ends a walk through them where all that
    /// follow began later.
    pub fn ids_end(&self) -> Uuid {
        let Some(before) = self.before else { return Uuid::max() };
        // A UUIDv7 begins with 48 bits of milliseconds (RFC 9562, section 5.7).
        let millis = u128::try_from(before.plus(CLOCKS_APART).as_micros() / 1_000).unwrap_or(0);
        if millis < 1 << 48 { Uuid::from_u128(millis << 80) } else { Uuid::max() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_what_began_earlier_are_smaller() {
        // An id of 2025-11-23T00:00:00.000Z.
        let (id, made) = (Uuid::from_u128(1_763_856_000_000 << 80), Timestamp::from_micros(1_763_856_000_000_000));
        let end = |before| SessionFilter { before: Some(before), ..SessionFilter::default() }.ids_end();
        assert!(id < end(made) && id < end(made.minus(Duration::from_secs(59))));
        assert!(id > end(made.minus(Duration::from_secs(61))));
        assert_eq!(end(Timestamp::from_micros(i64::MAX)), Uuid::max());
        assert_eq!(SessionFilter::default().ids_end(), Uuid::max());
    }
}
