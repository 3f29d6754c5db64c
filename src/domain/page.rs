//! Lists in pages: newest first, and each page begins where the one before ended, whatever was added in between.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::clock::Timestamp;

const VERSION: u8 = 1;
const BYTES: usize = 1 + 8 + 16;

/// Where a page ends in the order of a moment and an id, both falling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageCursor {
    pub at: Timestamp,
    pub id: Uuid,
}

impl PageCursor {
    /// Before everything.
    const START: Self = Self { at: Timestamp::from_micros(i64::MAX), id: Uuid::max() };

    pub fn to_text(self) -> String {
        let mut bytes = Vec::with_capacity(BYTES);
        bytes.push(VERSION);
        bytes.extend(self.at.as_micros().to_be_bytes());
        bytes.extend(self.id.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// `None` for what no page ever handed out.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; BYTES] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let (version, rest) = bytes.split_first()?;
        let (at, id) = rest.split_first_chunk::<8>()?;
        let (at, id) = (i64::from_be_bytes(*at), Uuid::from_slice(id).ok()?);
        (*version == VERSION && at >= 0).then_some(Self { at: Timestamp::from_micros(at), id })
    }
}

/// How many items somebody wants, from where on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRequest {
    limit: u16,
    after: Option<PageCursor>,
}

impl PageRequest {
    pub const LARGEST: u16 = 200;
    const USUAL: u16 = 50;

    /// `None` unless `limit` is one of 1 to 200; without one it is 50.
    pub fn new(limit: Option<u64>, after: Option<PageCursor>) -> Option<Self> {
        let limit = u16::try_from(limit.unwrap_or(Self::USUAL.into())).ok()?;
        (1..=Self::LARGEST).contains(&limit).then_some(Self { limit, after })
    }

    /// Read what stands after this place.
    pub fn place(self) -> PageCursor {
        self.after.unwrap_or(PageCursor::START)
    }

    /// One more than is wanted: it tells whether there is another page.
    pub fn rows(self) -> i64 {
        i64::from(self.limit) + 1
    }
}

#[derive(Clone, Debug)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// `None`: there are no more.
    pub next: Option<PageCursor>,
}

impl<T> Page<T> {
    /// From as many rows as were asked for, or all there are. `place`: where an item stands in the order.
    pub fn cut(mut rows: Vec<T>, request: PageRequest, place: impl Fn(&T) -> PageCursor) -> Self {
        let has_more = rows.len() > usize::from(request.limit);
        rows.truncate(request.limit.into());
        let next = rows.last().filter(|_| has_more).map(place);
        Self { items: rows, next }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn place(at: i64) -> PageCursor {
        PageCursor { at: Timestamp::from_micros(at), id: Uuid::from_u128(7) }
    }

    proptest! {
        #[test]
        fn a_cursor_is_read_as_it_was_written(at in 0..i64::MAX, id: u128) {
            let cursor = PageCursor { at: Timestamp::from_micros(at), id: Uuid::from_u128(id) };
            prop_assert_eq!(PageCursor::parse(&cursor.to_text()), Some(cursor));
        }

        #[test]
        fn any_text_is_read_or_refused(text in any::<String>()) {
            let _ = PageCursor::parse(&text);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), BYTES)) {
            let read = PageCursor::parse(&URL_SAFE_NO_PAD.encode(&bytes));
            prop_assert!(read.is_none_or(|cursor| cursor.to_text() == URL_SAFE_NO_PAD.encode(&bytes)));
        }
    }

    #[test]
    fn a_page_has_one_to_two_hundred_items() {
        let rows = |limit| PageRequest::new(limit, None).map(PageRequest::rows);
        assert_eq!([rows(None), rows(Some(1)), rows(Some(200))], [Some(51), Some(2), Some(201)]);
        assert_eq!([rows(Some(0)), rows(Some(201)), rows(Some(65_537))], [None; 3]);
    }

    #[test]
    fn only_a_page_with_something_behind_it_has_a_next() {
        let request = PageRequest::new(Some(2), Some(place(9))).unwrap();
        assert_eq!(request.place(), place(9));
        let page = Page::cut(vec![8, 7, 6], request, |at| place(*at));
        assert_eq!((page.items, page.next), (vec![8, 7], Some(place(7))));
        let last = Page::cut(vec![6, 5], request, |at| place(*at));
        assert_eq!((last.items, last.next), (vec![6, 5], None));
        assert!(Page::cut(Vec::new(), request, |at| place(*at)).next.is_none());
    }
}
