//! Which refusals were logged a moment ago, so that whoever guesses cannot fill the log. No actor: it has no queue.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A key is told of no more often.
const PAUSE: Duration = Duration::from_mins(1);
/// Keys that are remembered, some megabyte. Where more are refused within a minute, the rest goes unsaid: the counts are
/// in the table.
const REMEMBERED: usize = 10_000;

#[derive(Clone, Debug, Default)]
pub struct RefusalLog(Arc<Mutex<HashMap<[u8; 32], Instant>>>);

impl RefusalLog {
    /// Whether a refusal of this key is worth a line. Says so once a minute.
    pub fn is_worth_a_line(&self, key: [u8; 32]) -> bool {
        self.is_worth_a_line_at(key, Instant::now())
    }

    fn is_worth_a_line_at(&self, key: [u8; 32], now: Instant) -> bool {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if told.get(&key).is_some_and(|at| now.duration_since(*at) < PAUSE) {
            return false;
        }
        if told.len() >= REMEMBERED {
            told.retain(|_, at| now.duration_since(*at) < PAUSE);
        }
        let has_room = told.len() < REMEMBERED;
        if has_room {
            told.insert(key, now);
        }
        has_room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_told_of_once_a_minute_and_memory_is_bounded() {
        let (log, start) = (RefusalLog::default(), Instant::now());
        let key = |number: usize| {
            let mut key = [0; 32];
            key[..8].copy_from_slice(&number.to_be_bytes());
            key
        };
        assert!(log.is_worth_a_line_at(key(1), start));
        assert!(!log.is_worth_a_line_at(key(1), start + Duration::from_secs(59)));
        assert!(log.is_worth_a_line_at(key(2), start + Duration::from_secs(59)));
        assert!(log.is_worth_a_line_at(key(1), start + PAUSE));
        let told = (0..2 * REMEMBERED).filter(|&number| log.is_worth_a_line_at(key(number), start + 2 * PAUSE)).count();
        assert_eq!((told, log.0.lock().unwrap().len()), (REMEMBERED, REMEMBERED));
        assert!(log.is_worth_a_line_at(key(3), start + 3 * PAUSE));
        assert_eq!(log.0.lock().unwrap().len(), 1);
    }
}
