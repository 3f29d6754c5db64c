//! Looking for accounts: by what, in which order, and from where on. Each way has an index of its own, so an order that
//! none serves is refused instead of read through.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::clock::Timestamp;
use super::email::{EMAIL_BYTES_MAX, EmailPrefix};
use super::page::{PageCursor, PageRequest};
use super::user_record::UserRecord;
use super::username::UsernamePrefix;

/// Told from the cursor of a moment and an id by its first byte.
const NAME_VERSION: u8 = 2;

/// What an account must be like; `None` is whatever it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserFilters {
    pub email: Option<EmailPrefix>,
    pub username: Option<UsernamePrefix>,
    pub role: Option<String>,
    pub active: Option<bool>,
    /// Then or later.
    pub created_after: Option<Timestamp>,
    /// Earlier.
    pub created_before: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserOrder {
    NewestFirst,
    OldestFirst,
    /// Accounts without a username are not in it.
    ByUsername,
    /// Accounts without an address are not in it.
    ByEmail,
}

impl UserOrder {
    pub const WORDS: &'static str = "-created_at, created_at, username, email";

    /// `None` for what is not in the list.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "-created_at" => Self::NewestFirst,
            "created_at" => Self::OldestFirst,
            "username" => Self::ByUsername,
            "email" => Self::ByEmail,
            _ => return None,
        })
    }
}

/// Where a page ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserCursor {
    At(PageCursor),
    /// A username or an address, as it is compared.
    Name(String),
}

impl UserCursor {
    pub fn to_text(&self) -> String {
        match self {
            Self::At(cursor) => cursor.to_text(),
            Self::Name(name) => URL_SAFE_NO_PAD.encode([&[NAME_VERSION], name.as_bytes()].concat()),
        }
    }

    /// `None` for what no page ever handed out.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(cursor) = PageCursor::parse(text) {
            return Some(Self::At(cursor));
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (version, name) = bytes.split_first()?;
        let name = String::from_utf8(name.to_vec()).ok()?;
        let is_one = *version == NAME_VERSION && name.len() <= EMAIL_BYTES_MAX && !name.contains('\0');
        is_one.then_some(Self::Name(name))
    }
}

/// A question that an index answers.
#[derive(Clone, Debug)]
pub struct UserSearch {
    filters: UserFilters,
    order: UserOrder,
    after: Option<UserCursor>,
    page: PageRequest,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoSuchSearch {
    #[error("a list by the beginning of a name is in the order of that name")]
    OtherName,
    #[error("this order goes without any filter, or with one by the beginning of the name")]
    NotWithFilters,
    #[error("the cursor is of another list")]
    Cursor,
}

impl UserSearch {
    /// `order`: `None`, the newest first, or by the name that is looked for.
    ///
    /// # Errors
    /// [`NoSuchSearch`].
    pub fn new(
        filters: UserFilters,
        order: Option<UserOrder>,
        after: Option<UserCursor>,
        page: PageRequest,
    ) -> Result<Self, NoSuchSearch> {
        let by_name = match (&filters.email, &filters.username) {
            (Some(_), _) => Some(UserOrder::ByEmail),
            (None, Some(_)) => Some(UserOrder::ByUsername),
            (None, None) => None,
        };
        let order = match (by_name, order) {
            (Some(by_name), Some(order)) if by_name != order => return Err(NoSuchSearch::OtherName),
            (Some(by_name), _) => by_name,
            (None, Some(order @ (UserOrder::ByEmail | UserOrder::ByUsername))) => {
                // Whoever is rare among all names would be looked for through all of them.
                if filters != UserFilters::default() {
                    return Err(NoSuchSearch::NotWithFilters);
                }
                order
            }
            (None, order) => order.unwrap_or(UserOrder::NewestFirst),
        };
        let is_by_name = matches!(order, UserOrder::ByEmail | UserOrder::ByUsername);
        match &after {
            Some(UserCursor::At(_)) if is_by_name => return Err(NoSuchSearch::Cursor),
            Some(UserCursor::Name(_)) if !is_by_name => return Err(NoSuchSearch::Cursor),
            Some(_) | None => {}
        }
        Ok(Self { filters, order, after, page })
    }

    pub fn filters(&self) -> &UserFilters {
        &self.filters
    }

    pub fn order(&self) -> UserOrder {
        self.order
    }

    /// The place after which to read, in an order of names.
    pub fn after_name(&self) -> &str {
        match &self.after {
            Some(UserCursor::Name(name)) => name,
            Some(UserCursor::At(_)) | None => "",
        }
    }

    /// In an order of time.
    pub fn after_moment(&self) -> Option<PageCursor> {
        match &self.after {
            Some(UserCursor::At(cursor)) => Some(*cursor),
            Some(UserCursor::Name(_)) | None => None,
        }
    }

    /// One more than is wanted: it tells whether there is another page.
    pub fn rows(&self) -> i64 {
        self.page.rows()
    }
}

#[derive(Clone, Debug)]
pub struct UserPage {
    pub items: Vec<UserRecord>,
    /// `None`: there are no more.
    pub next: Option<UserCursor>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn search(filters: UserFilters, order: Option<UserOrder>) -> Result<UserOrder, NoSuchSearch> {
        let page = PageRequest::new(None, None).unwrap();
        UserSearch::new(filters, order, None, page).map(|search| search.order())
    }

    #[test]
    fn only_what_an_index_serves_can_be_asked() {
        let any = UserFilters::default;
        let named = || UserFilters { username: UsernamePrefix::parse("ad"), ..any() };
        let inactive = || UserFilters { active: Some(false), ..any() };
        assert_eq!(search(any(), None), Ok(UserOrder::NewestFirst));
        assert_eq!(search(any(), Some(UserOrder::ByEmail)), Ok(UserOrder::ByEmail));
        assert_eq!(search(named(), None), Ok(UserOrder::ByUsername));
        assert_eq!(search(named(), Some(UserOrder::OldestFirst)), Err(NoSuchSearch::OtherName));
        assert_eq!(search(inactive(), Some(UserOrder::OldestFirst)), Ok(UserOrder::OldestFirst));
        assert_eq!(search(inactive(), Some(UserOrder::ByUsername)), Err(NoSuchSearch::NotWithFilters));
    }

    #[test]
    fn a_cursor_stays_in_its_list() {
        let page = PageRequest::new(None, None).unwrap();
        let after = |order, cursor| UserSearch::new(UserFilters::default(), Some(order), Some(cursor), page).is_ok();
        let moment = UserCursor::At(page.place());
        assert!(after(UserOrder::OldestFirst, moment.clone()) && !after(UserOrder::ByEmail, moment));
        let name = UserCursor::Name("ada".to_owned());
        assert!(after(UserOrder::ByUsername, name.clone()) && !after(UserOrder::NewestFirst, name));
    }

    proptest! {
        #[test]
        fn a_cursor_is_read_as_it_was_written(name in "[^\\x00]{0,60}") {
            let cursor = UserCursor::Name(name);
            prop_assert_eq!(UserCursor::parse(&cursor.to_text()), Some(cursor));
        }

        #[test]
        fn any_text_is_read_or_refused(text in any::<String>()) {
            let _ = UserCursor::parse(&text);
        }
    }
}
