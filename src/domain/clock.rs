//! Time as the trade sees it: one type for moments, one source of them, and a deadline that travels inward.
//!
//! Moments that are kept or compared between nodes are [`Timestamp`]s and come from a [`Clock`]; waiting inside the
//! process uses the monotonic clock through [`Deadline`]. Nothing else in the code asks what time it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::formatting::Formattable;
use time::macros::format_description;

/// A moment: microseconds since 1970-01-01T00:00:00Z. The form in which every table holds time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970, as JWT claims count (RFC 7519, `NumericDate`).
    pub const fn unix_seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// The moment that lies `span` later; the last moment there is when that would overflow.
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(micros_of(span)))
    }

    /// The moment that lies `span` earlier.
    pub fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(micros_of(span)))
    }

    /// How long ago `earlier` was; zero when it lies ahead.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0).try_into().unwrap_or(0))
    }

    /// `None` for what is not RFC 3339, or was before 1970. Parts of a microsecond are cut off.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        let micros = i64::try_from(moment.unix_timestamp_nanos().div_euclid(1_000)).ok()?;
        (micros >= 0).then_some(Self(micros))
    }

    /// RFC 3339 in UTC with milliseconds, as the API writes times.
    pub fn rfc3339(self) -> String {
        self.written(&format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z"))
    }

    /// The same with all that is known of it.
    pub fn rfc3339_micros(self) -> String {
        self.written(&format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z"))
    }

    fn written(self, format: &(impl Formattable + ?Sized)) -> String {
        let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000);
        moment.ok().and_then(|moment| moment.format(format).ok()).unwrap_or_default()
    }
}

fn micros_of(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

/// Where moments come from: the system's clock plus its offset to the database's, or a test's own hand.
///
/// Clones share the offset and the hand.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Set in tests: the moment that the clock shows until it is moved.
    by_hand: Option<AtomicI64>,
    /// What the nodes add so that they agree, because they all measure against the one database.
    offset_micros: AtomicI64,
}

impl Clock {
    pub fn system() -> Self {
        Self(Arc::new(Inner { by_hand: None, offset_micros: AtomicI64::new(0) }))
    }

    /// A clock that stands still until [`Clock::advance`] moves it.
    pub fn by_hand(start: Timestamp) -> Self {
        let hand = Some(AtomicI64::new(start.0));
        Self(Arc::new(Inner { by_hand: hand, offset_micros: AtomicI64::new(0) }))
    }

    pub fn now(&self) -> Timestamp {
        let own = self.0.by_hand.as_ref().map_or_else(system_micros, |hand| hand.load(Ordering::Acquire));
        Timestamp(own.saturating_add(self.0.offset_micros.load(Ordering::Acquire)))
    }

    /// What this clock would show without its offset; the offset is measured against it.
    pub fn uncorrected(&self) -> Timestamp {
        Timestamp(self.now().0.saturating_sub(self.0.offset_micros.load(Ordering::Acquire)))
    }

    pub fn set_offset_micros(&self, offset: i64) {
        self.0.offset_micros.store(offset, Ordering::Release);
    }

    /// Moves a clock that is set by hand; the system's clock goes its own way.
    pub fn advance(&self, span: Duration) {
        if let Some(hand) = &self.0.by_hand {
            hand.fetch_add(micros_of(span), Ordering::AcqRel);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
fn system_micros() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, micros_of)
}

/// The last moment at which an answer is still of use, on the monotonic clock. Made once, at the edge; doors inside
/// may only bring it nearer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Instant);

impl Deadline {
    pub fn within(span: Duration) -> Self {
        Self::after(Instant::now(), span)
    }

    /// For who has looked at the monotonic clock already.
    pub fn after(began: Instant, span: Duration) -> Self {
        Self(began + span)
    }

    /// This deadline, or `span` from now, whichever comes first.
    pub fn at_most(self, span: Duration) -> Self {
        Self(self.0.min(Instant::now() + span))
    }

    pub fn remaining(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    pub fn has_passed(self) -> bool {
        self.remaining().is_zero()
    }

    pub fn instant(self) -> Instant {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_in_utc_with_milliseconds() {
        assert_eq!(Timestamp::from_micros(1_763_856_000_123_456).rfc3339(), "2025-11-23T00:00:00.123Z");
    }

    #[test]
    fn a_moment_is_read_wherever_it_was_written() {
        let micros = |text: &str| Timestamp::parse_rfc3339(text).map(Timestamp::as_micros);
        assert_eq!(micros("2025-11-23T00:00:00.123Z"), Some(1_763_856_000_123_000));
        assert_eq!(micros("2025-11-23T01:00:00+01:00"), Some(1_763_856_000_000_000));
        for text in
            ["", "2025-11-23", "1763856000", "2025-11-23T00:00:00", "1969-12-31T23:59:59Z", "2025-02-30T00:00:00Z"]
        {
            assert_eq!(micros(text), None, "{text}");
        }
    }

    #[test]
    fn a_clock_set_by_hand_moves_only_by_hand_and_by_its_offset() {
        let clock = Clock::by_hand(Timestamp::from_micros(10));
        clock.clone().advance(Duration::from_micros(5));
        clock.set_offset_micros(-3);
        assert_eq!((clock.now().as_micros(), clock.uncorrected().as_micros()), (12, 15));
    }
}
