//! Roles, and what a set of them grants.

use super::permission::Permissions;

/// A role that every installation has.
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

pub const BUILT_IN: [BuiltInRole; 2] = [ADMIN, USER];

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
