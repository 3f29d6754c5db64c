//! `?limit=` and `?cursor=` in, `{items, next_cursor}` out.

use serde::{Deserialize, Serialize};

use super::problem::{FieldError, Problem};
use crate::domain::page::{Page, PageCursor, PageRequest};

/// The query of a list that takes no more than this.
#[derive(Deserialize)]
pub struct ListQuery {
    limit: Option<u64>,
    cursor: Option<String>,
}

impl ListQuery {
    /// # Errors
    /// As [`page_request`].
    pub fn page(&self) -> Result<PageRequest, Problem> {
        page_request(self.limit, self.cursor.as_deref())
    }
}

/// # Errors
/// 400 `invalid_field`, for a limit outside of 1 to 200 and for what is no cursor.
pub fn page_request(limit: Option<u64>, cursor: Option<&str>) -> Result<PageRequest, Problem> {
    let invalid = |parameter, detail| Problem::invalid_field(FieldError::new(parameter, "invalid_value", detail));
    let after = cursor.map(|text| PageCursor::parse(text).ok_or_else(|| invalid("?cursor", "not a cursor of a list")));
    PageRequest::new(limit, after.transpose()?).ok_or_else(|| invalid("?limit", "between 1 and 200"))
}

#[derive(Serialize)]
pub struct PageJson<J> {
    items: Vec<J>,
    next_cursor: Option<String>,
}

impl<J> PageJson<J> {
    /// Of a list with cursors of its own.
    pub fn of(items: Vec<J>, next_cursor: Option<String>) -> Self {
        Self { items, next_cursor }
    }

    pub fn new<T>(page: Page<T>, render: impl Fn(T) -> J) -> Self {
        Self { items: page.items.into_iter().map(render).collect(), next_cursor: page.next.map(PageCursor::to_text) }
    }
}
