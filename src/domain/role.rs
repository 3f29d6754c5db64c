//! Roles, and what a set of them grants.

use uuid::Uuid;

use super::account::Change;
use super::clock::Timestamp;
use super::etag::Etag;
use super::permission::Permissions;
use super::text;

/// A role that every installation has. Nobody changes it, and nobody deletes it.
#[derive(Clone, Copy, Debug)]
pub struct BuiltInRole {
    pub name: &'static str,
    pub description: &'static str,
    pub permissions: &'static [&'static str],
}

/// Everything. The only role with wildcards.
pub const ADMIN: BuiltInRole = BuiltInRole { name: "admin", description: "May do everything", permissions: &["*:*"] };
/// What every account has. Its owner's own affairs need no permission.
pub const USER: BuiltInRole = BuiltInRole { name: "user", description: "An account of one's own", permissions: &[] };
/// Sees everything on the admin plane, and changes nothing.
pub const AUDITOR: BuiltInRole = BuiltInRole {
    name: "auditor",
    description: "May look at everything",
    permissions: &["audit:read", "clients:read", "keys:read", "load:read", "roles:read", "sessions:read", "users:read"],
};

pub const BUILT_IN: [BuiltInRole; 3] = [ADMIN, USER, AUDITOR];

/// A name for a set of permissions, as administrators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    pub id: Uuid,
    pub name: String,
    pub description: Option<String>,
    pub permissions: Permissions,
    pub built_in: bool,
}

impl Role {
    pub fn etag(&self) -> Etag {
        let described = self.description.is_some().to_string();
        let description = self.description.as_deref().unwrap_or_default();
        let permissions = self.permissions.to_string();
        Etag::of([self.id.to_string().as_str(), &self.name, &described, description, &permissions])
    }

    /// As it stands once it is changed.
    #[must_use]
    pub fn changed(&self, change: &RoleChange) -> Self {
        let description = match &change.description {
            Change::Keep => self.description.clone(),
            Change::Remove => None,
            Change::Set(text) => Some(text.as_str().to_owned()),
        };
        let permissions = change.permissions.as_ref().unwrap_or(&self.permissions).clone();
        Self { description, permissions, ..self.clone() }
    }

    /// Whether its holders are administrators, of whom one always stays.
    pub fn is_admin(&self) -> bool {
        self.name == ADMIN.name
    }
}

/// What is to become of a role. Its name stays: tokens and rules of apps know it by that.
#[derive(Clone, Debug, Default)]
pub struct RoleChange {
    pub description: Change<RoleDescription>,
    pub permissions: Option<Permissions>,
}

/// That somebody holds a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holding {
    pub granted_at: Timestamp,
    /// The account or the service client that did it; it may be gone. `None`: no administrator did.
    pub granted_by: Option<Uuid>,
}

/// Characters of a role's name, as of a permission's parts.
pub const ROLE_NAME_CHARS_MAX: usize = 48;
/// Characters of what is said of it.
pub const ROLE_DESCRIPTION_CHARS_MAX: usize = 256;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoleName(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a role's name is 1 to 48 characters from a-z, 0-9, '_' and '-'")]
pub struct NotARoleName;

impl RoleName {
    /// # Errors
    /// [`NotARoleName`]: nothing is trimmed or folded, so that it is compared alike by everybody.
    pub fn parse(text: &str) -> Result<Self, NotARoleName> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-');
        let is_name = (1..=ROLE_NAME_CHARS_MAX).contains(&text.len()) && text.bytes().all(plain);
        if is_name { Ok(Self(text.to_owned())) } else { Err(NotARoleName) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleDescription(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a description is 1 to 256 characters, none of them a control or one that changes the direction of writing")]
pub struct NotADescription;

impl RoleDescription {
    /// Trims and normalises (NFC).
    ///
    /// # Errors
    /// [`NotADescription`].
    pub fn parse(entered: &str) -> Result<Self, NotADescription> {
        let described = text::nfc(entered.trim());
        let fits = (1..=ROLE_DESCRIPTION_CHARS_MAX).contains(&described.chars().count());
        let strange = |character| text::is_control(character) || text::turns_direction(character);
        if fits && !described.chars().any(strange) { Ok(Self(described)) } else { Err(NotADescription) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The roles that somebody holds, sorted, and the union of their permissions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    pub roles: Vec<String>,
    pub permissions: Permissions,
}

impl Grants {
    /// From pairs of role and permission; a role that permits nothing comes with `None`. A permission that this version
    /// cannot read grants nothing.
    pub fn from_rows(rows: impl Iterator<Item = (String, Option<String>)>) -> Self {
        let mut grants = Self::default();
        for (role, permission) in rows {
            if !grants.roles.contains(&role) {
                grants.roles.push(role);
            }
            if let Some(Ok(permission)) = permission.map(|text| text.parse()) {
                grants.permissions.insert(permission);
            }
        }
        grants.roles.sort_unstable();
        grants
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_role_admin_has_wildcards() {
        for role in BUILT_IN {
            let texts: Vec<_> = role.permissions.iter().map(|&text| text.to_owned()).collect();
            assert_eq!(Permissions::grantable(&texts).is_ok(), role.name != ADMIN.name, "{}", role.name);
            assert!(RoleName::parse(role.name).is_ok() && RoleDescription::parse(role.description).is_ok());
        }
    }

    #[test]
    fn a_name_has_one_spelling_and_a_description_is_shown_as_it_is() {
        assert!(RoleName::parse(&"a".repeat(48)).is_ok());
        for text in ["", "A", "a b", "a:b", "ä", "a\0", "*", &"a".repeat(49)] {
            assert_eq!(RoleName::parse(text), Err(NotARoleName), "{text:?}");
        }
        assert_eq!(RoleDescription::parse(" e\u{301} ").map(|told| told.as_str().to_owned()), Ok("é".to_owned()));
        for text in ["", " ", "a\nb", "a\u{202E}b", &"ä".repeat(257)] {
            assert_eq!(RoleDescription::parse(text), Err(NotADescription), "{text:?}");
        }
    }

    #[test]
    fn whatever_is_shown_of_a_role_is_in_its_tag() {
        let permissions = Permissions::parse("a:b").unwrap();
        let role = Role { id: Uuid::nil(), name: "a".into(), description: None, permissions, built_in: false };
        let change = |description, permissions| role.changed(&RoleChange { description, permissions });
        let others = [
            change(Change::Set(RoleDescription::parse("x").unwrap()), None),
            change(Change::Keep, Some(Permissions::default())),
            Role { id: Uuid::max(), ..role.clone() },
            Role { description: Some(String::new()), ..role.clone() },
        ];
        assert!(others.iter().all(|other| other.etag() != role.etag()));
        assert_eq!(change(Change::Keep, None).etag(), role.etag());
        assert_eq!(change(Change::Remove, None), role);
    }
}
