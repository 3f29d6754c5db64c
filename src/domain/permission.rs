//! Permissions: what an access token lets its bearer do, as `resource:action`.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// Characters of a resource and of an action each: a whole permission fits a column of 97.
pub const PERMISSION_PART_CHARS_MAX: usize = 48;

/// Permissions that a role or a service client may have of its own. Whoever needs more wants a wildcard. It bounds the
/// scope of tokens: 64 × 98 bytes are some 6 KiB.
pub const PERMISSIONS_MAX: usize = 64;

/// `users:read`, say. Either side may be `*`, which stands for all there are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Permission {
    text: String,
    /// Where the `:` stands in `text`.
    colon: usize,
}

/// A text that is no permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a permission is 'resource:action', each of 1 to 48 characters from a-z, 0-9, '_' and '-', or '*'")]
pub struct NotAPermission;

impl Permission {
    /// # Errors
    /// [`NotAPermission`] for anything that is not in the one spelling there is: nothing is trimmed or folded.
    pub fn parse(text: &str) -> Result<Self, NotAPermission> {
        let (resource, action) = text.split_once(':').ok_or(NotAPermission)?;
        if is_part(resource) && is_part(action) {
            Ok(Self { text: text.to_owned(), colon: resource.len() })
        } else {
            Err(NotAPermission)
        }
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn resource(&self) -> &str {
        &self.text[..self.colon]
    }

    pub fn action(&self) -> &str {
        &self.text[self.colon + 1..]
    }

    /// Whether it stands for more than one.
    pub fn has_wildcard(&self) -> bool {
        self.resource() == "*" || self.action() == "*"
    }

    /// Whether who holds this may do `wanted`. A wanted `*` is covered by a held `*` only, so nobody can hand on more
    /// than they have.
    pub fn covers(&self, wanted: &Self) -> bool {
        let covers = |held: &str, wanted: &str| held == "*" || held == wanted;
        covers(self.resource(), wanted.resource()) && covers(self.action(), wanted.action())
    }
}

fn is_part(part: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-');
    part == "*" || ((1..=PERMISSION_PART_CHARS_MAX).contains(&part.len()) && part.bytes().all(plain))
}

impl FromStr for Permission {
    type Err = NotAPermission;

    fn from_str(text: &str) -> Result<Self, NotAPermission> {
        Self::parse(text)
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

/// Permissions that nobody can be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotGrantable {
    #[error("at most 64 permissions")]
    TooMany,
    #[error(transparent)]
    NotAPermission(#[from] NotAPermission),
    #[error("only the role admin has wildcards")]
    Wildcard,
}

/// The permissions of a user, a role or a service client: each once, in the order of their text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permissions(BTreeSet<Permission>);

impl Permissions {
    /// Reads permissions separated by spaces, as `Display` prints them (and as RFC 6749, section 3.3, writes scopes).
    ///
    /// # Errors
    /// [`NotAPermission`] when one of them is none; the others are then worth nothing either.
    pub fn parse(text: &str) -> Result<Self, NotAPermission> {
        text.split(' ').filter(|word| !word.is_empty()).map(Permission::parse).collect()
    }

    /// What somebody wants a role or a service client to have.
    ///
    /// # Errors
    /// [`NotGrantable`]: what `admin` holds is not handed on by the piece.
    pub fn grantable(texts: &[String]) -> Result<Self, NotGrantable> {
        if texts.len() > PERMISSIONS_MAX {
            return Err(NotGrantable::TooMany);
        }
        let permissions: Self = texts.iter().map(|text| Permission::parse(text)).collect::<Result<_, _>>()?;
        if permissions.iter().any(Permission::has_wildcard) { Err(NotGrantable::Wildcard) } else { Ok(permissions) }
    }

    /// Those that only one of the two has.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        Self(self.0.symmetric_difference(&other.0).cloned().collect())
    }

    /// Those that the other does not have.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        Self(self.0.difference(&other.0).cloned().collect())
    }

    pub fn allows(&self, wanted: &Permission) -> bool {
        self.0.iter().any(|held| held.covers(wanted))
    }

    /// Whether every one of `others` is allowed: the rule for handing permissions on.
    pub fn allow_all(&self, others: &Self) -> bool {
        others.iter().all(|wanted| self.allows(wanted))
    }

    pub fn insert(&mut self, permission: Permission) {
        self.0.insert(permission);
    }

    /// In the order of their text.
    pub fn iter(&self) -> impl Iterator<Item = &Permission> {
        self.0.iter()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(permissions.into_iter().collect())
    }
}

impl Extend<Permission> for Permissions {
    fn extend<I: IntoIterator<Item = Permission>>(&mut self, permissions: I) {
        self.0.extend(permissions);
    }
}

impl fmt::Display for Permissions {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, permission) in self.iter().enumerate() {
            let space = if place == 0 { "" } else { " " };
            write!(out, "{space}{permission}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn one(text: &str) -> Permission {
        Permission::parse(text).unwrap()
    }

    #[test]
    fn a_permission_has_one_spelling() {
        assert_eq!((one("users:read").resource(), one("users:read").action()), ("users", "read"));
        assert!(Permission::parse(&format!("{0}:{0}", "a".repeat(48))).is_ok());
        let long = format!("{}:b", "a".repeat(49));
        let bad =
            ["", ":", "a", "a:", ":b", "a:b:c", "A:b", "a b:c", " a:b", "a:b\n", "a:**", "a*:b", "é:b", "a:b\0", &long];
        for text in bad {
            assert_eq!(Permission::parse(text), Err(NotAPermission), "{text:?}");
        }
    }

    #[test]
    fn a_star_covers_its_side_and_only_a_star_covers_a_star() {
        let cases = [
            ("users:read", "users:read", true),
            ("users:read", "users:write", false),
            ("users:*", "users:write", true),
            ("*:read", "users:read", true),
            ("*:read", "users:write", false),
            ("*:*", "users:*", true),
            ("users:read", "users:*", false),
            ("users:*", "*:*", false),
            ("user:read", "users:read", false),
        ];
        for (held, wanted, allowed) in cases {
            let held = Permissions::parse(held).unwrap();
            assert_eq!(held.allows(&one(wanted)), allowed, "{held} {wanted}");
        }
        assert!(!Permissions::default().allows(&one("a:b")));
        let some = Permissions::parse("users:* roles:read").unwrap();
        assert!(some.allow_all(&Permissions::parse("users:read roles:read").unwrap()));
        assert!(!some.allow_all(&Permissions::parse("users:read roles:write").unwrap()));
    }

    #[test]
    fn what_can_be_granted_is_named_one_by_one() {
        let of =
            |texts: &[&str]| Permissions::grantable(&texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>());
        assert_eq!(of(&["b:c", "a:b", "a:b"]).unwrap().to_string(), "a:b b:c");
        assert_eq!(of(&["a:b", "a:*"]), Err(NotGrantable::Wildcard));
        assert_eq!(of(&["*:b"]), Err(NotGrantable::Wildcard));
        assert_eq!(of(&["a"]), Err(NotGrantable::NotAPermission(NotAPermission)));
        assert_eq!(of(&["a:b"; PERMISSIONS_MAX]).map(drop), Ok(()));
        assert_eq!(of(&["a:b"; PERMISSIONS_MAX + 1]), Err(NotGrantable::TooMany));
        let (one, other) = (Permissions::parse("a:b b:c").unwrap(), Permissions::parse("b:c c:d").unwrap());
        assert_eq!(one.difference(&other).to_string(), "a:b c:d");
        assert_eq!(one.without(&other).to_string(), "a:b");
    }

    #[test]
    fn a_set_is_printed_sorted_and_once_each() {
        let set = Permissions::parse("  users:write a-b:c users:read a:c  users:read ").unwrap();
        assert_eq!(set.to_string(), "a-b:c a:c users:read users:write");
        assert_eq!(Permissions::parse(&set.to_string()).unwrap(), set);
        assert!(Permissions::parse("").unwrap().is_empty());
        assert_eq!(Permissions::parse("users:read nonsense"), Err(NotAPermission));
        assert_eq!(Permissions::parse("users:read\tusers:write"), Err(NotAPermission));
    }

    proptest! {
        #[test]
        fn what_parses_prints_as_it_was(text in "[a-c*:_-]{0,6}") {
            if let Ok(permission) = Permission::parse(&text) {
                prop_assert_eq!(permission.to_string(), text);
                prop_assert!(permission.covers(&permission));
            }
        }
    }
}
