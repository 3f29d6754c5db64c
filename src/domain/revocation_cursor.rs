//! Where a reader of the revocations stands, so that none is missed and waiting is possible.
//!
//! A row may become visible a little after the time that stands in it, so a reader who went by "newer than the last one
//! I saw" would miss some. So reading goes in passes: a pass reads everything after a place, page by page, and the next
//! one begins ten seconds before this one began. What lies in these ten seconds comes again; a fold of its ids in the
//! cursor tells whether anything is new.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::clock::Timestamp;
use super::revocation::Revocation;

/// The cursor never passes now minus this: six times as long as the commit of an acknowledged row can take.
const OVERLAP: Duration = Duration::from_secs(10);
const VERSION: u8 = 1;
const BYTES: usize = 1 + 8 + 16 + 8 + 16;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RevocationCursor {
    /// Read what stands after this place, in the order of `(at, id)`.
    pub at: Timestamp,
    pub id: Uuid,
    /// When the pass began that goes on here; `None` where one begins.
    began: Option<Timestamp>,
    /// The ids that the last pass saw and this one will see again, folded into one.
    known: u128,
}

/// What a page brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advance {
    pub next: RevocationCursor,
    /// Whether the page holds anything that its reader has not seen.
    pub is_news: bool,
}

impl RevocationCursor {
    /// Where the reader stands after `page`, read at `now`; `is_full` when there may be more behind it.
    pub fn after(&self, page: &[Revocation], is_full: bool, now: Timestamp) -> Advance {
        let begins = self.began.is_none();
        let began = self.began.unwrap_or(now);
        let again_from = began.minus(OVERLAP);
        let seen_before = if begins { 0 } else { self.known };
        let again = page.iter().filter(|revocation| revocation.at >= again_from);
        let known = again.fold(seen_before, |fold, revocation| fold ^ revocation.id.as_u128());
        let is_news = !begins || is_full || fold(page) != self.known;
        let next = match page.last() {
            Some(last) if is_full => Self { at: last.at, id: last.id, began: Some(began), known },
            Some(_) | None => Self { at: again_from.max(Timestamp::default()), id: Uuid::nil(), began: None, known },
        };
        Advance { next, is_news }
    }

    pub fn to_text(&self) -> String {
        let mut bytes = Vec::with_capacity(BYTES);
        bytes.push(VERSION);
        bytes.extend(self.at.as_micros().to_be_bytes());
        bytes.extend(self.id.as_bytes());
        bytes.extend(self.began.map_or(0, Timestamp::as_micros).to_be_bytes());
        bytes.extend(self.known.to_be_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// `None` for what no page ever handed out.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; BYTES] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let (version, rest) = bytes.split_first()?;
        let (at, rest) = rest.split_first_chunk::<8>()?;
        let (id, rest) = rest.split_first_chunk::<16>()?;
        let (began, rest) = rest.split_first_chunk::<8>()?;
        let (at, began) = (i64::from_be_bytes(*at), i64::from_be_bytes(*began));
        if *version != VERSION || at < 0 || began < 0 {
            return None;
        }
        Some(Self {
            at: Timestamp::from_micros(at),
            id: Uuid::from_bytes(*id),
            began: (began > 0).then(|| Timestamp::from_micros(began)),
            known: u128::from_be_bytes(rest.try_into().ok()?),
        })
    }
}

fn fold(page: &[Revocation]) -> u128 {
    page.iter().fold(0, |fold, revocation| fold ^ revocation.id.as_u128())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::super::revocation::What;
    use super::*;

    const SECOND: i64 = 1_000_000;

    /// Reads as the feed does: at most `limit` rows that are visible, after the cursor.
    fn read(log: &[(Revocation, i64)], cursor: RevocationCursor, now: i64, limit: usize) -> (Vec<Revocation>, Advance) {
        let mut page: Vec<_> = log.iter().filter(|(_, visible)| *visible <= now).map(|(row, _)| row.clone()).collect();
        page.sort_by_key(|row| (row.at, row.id));
        page.retain(|row| (row.at, row.id) > (cursor.at, cursor.id));
        page.truncate(limit);
        let advance = cursor.after(&page, page.len() == limit, Timestamp::from_micros(now));
        (page, advance)
    }

    fn row(at: i64) -> Revocation {
        Revocation::new(Timestamp::from_micros(at), What::All, "test", Duration::from_mins(15))
    }

    proptest! {
        /// Rows become visible up to eight seconds after their time; a reader comes at any moments, with small pages.
        #[test]
        fn nothing_is_missed_and_nothing_new_is_called_old(
            rows in prop::collection::vec((20 * SECOND..60 * SECOND, 0..8 * SECOND), 1..40),
            pauses in prop::collection::vec(1..3 * SECOND, 60..80),
            limit in 3_usize..50,
        ) {
            let log: Vec<_> = rows.iter().map(|&(at, late)| (row(at), at + late)).collect();
            let (mut cursor, mut now, mut heard) = (RevocationCursor::default(), 15 * SECOND, HashSet::new());
            let moments = pauses.into_iter().chain(std::iter::repeat_n(SECOND, 60));
            for pause in moments {
                now += pause;
                let (page, advance) = read(&log, cursor, now, limit);
                let brings_new = page.iter().filter(|row| heard.insert(row.id)).count() > 0;
                prop_assert!(advance.is_news || !brings_new);
                prop_assert_eq!(RevocationCursor::parse(&advance.next.to_text()), Some(advance.next));
                cursor = advance.next;
            }
            prop_assert_eq!(heard.len(), log.len());
            // Once everything is old, readers wait.
            let (page, advance) = read(&log, cursor, now + SECOND, limit);
            prop_assert!(page.is_empty() && !advance.is_news);
        }

        #[test]
        fn any_text_is_read_or_refused(text in any::<String>()) {
            let _ = RevocationCursor::parse(&text);
        }
    }

    #[test]
    fn what_comes_again_within_ten_seconds_is_no_news_until_something_joins_it() {
        let mut log = vec![(row(20 * SECOND), 0)];
        let (_, first) = read(&log, RevocationCursor::default(), 21 * SECOND, 200);
        assert!(first.is_news);
        let (page, second) = read(&log, first.next, 22 * SECOND, 200);
        assert!(page.len() == 1 && !second.is_news);
        log.push((row(19 * SECOND), 0));
        assert!(read(&log, second.next, 23 * SECOND, 200).1.is_news, "an older row whose commit was late");
    }
}
