//! An account as administrators see it.

use super::account::{Account, Change};
use super::clock::Timestamp;
use super::etag::Etag;
use super::profile::{DisplayName, Metadata};

/// With what its owner does not see of it. No secrets.
#[derive(Clone, Debug)]
pub struct UserRecord {
    pub account: Account,
    pub locked_at: Option<Timestamp>,
    /// At the next sign-in.
    pub must_change_password: bool,
    /// `None`: there is no password.
    pub password_changed_at: Option<Timestamp>,
    /// Sorted.
    pub roles: Vec<String>,
}

impl UserRecord {
    /// Of all that is shown of it.
    pub fn etag(&self) -> Etag {
        let Account { id, email, username, display_name, metadata, .. } = &self.account;
        let Account { active, email_verified, mfa_enabled, created_at, updated_at, last_login, .. } = &self.account;
        let text = |text: &Option<String>| text.as_ref().map_or("-".to_owned(), |text| format!("+{text}"));
        let moment = |moment: &Option<Timestamp>| moment.map_or("-".to_owned(), |at| at.as_micros().to_string());
        let truth = |truth: bool| u8::from(truth).to_string();
        let mut parts = vec![id.to_string()];
        parts.extend([email, username, display_name, metadata].map(text));
        parts.extend([*active, *email_verified, *mfa_enabled, self.must_change_password].map(truth));
        let moments = [last_login, &self.locked_at, &self.password_changed_at, &Some(*created_at), &Some(*updated_at)];
        parts.extend(moments.map(moment));
        parts.extend(self.roles.iter().cloned());
        Etag::of(parts)
    }
}

/// What an administrator wants changed.
#[derive(Clone, Debug, Default)]
pub struct UserChange {
    /// `None` stays as it is.
    pub active: Option<bool>,
    pub email_verified: Option<bool>,
    pub display_name: Change<DisplayName>,
    pub metadata: Change<Metadata>,
}

impl UserChange {
    /// The names of what is to change.
    pub fn fields(&self) -> Vec<&'static str> {
        let named = [
            ("active", self.active.is_some()),
            ("email_verified", self.email_verified.is_some()),
            ("display_name", !matches!(self.display_name, Change::Keep)),
            ("metadata", !matches!(self.metadata, Change::Keep)),
        ];
        named.into_iter().filter(|(_, is_named)| *is_named).map(|(name, _)| name).collect()
    }

    /// Whether a record is already as it is wanted.
    pub fn is_met_by(&self, record: &UserRecord) -> bool {
        let account = &record.account;
        self.active.is_none_or(|active| active == account.active)
            && self.email_verified.is_none_or(|verified| verified == account.email_verified)
            && is_met(&self.display_name, account.display_name.as_deref(), DisplayName::as_str)
            && is_met(&self.metadata, account.metadata.as_deref(), Metadata::as_str)
    }
}

fn is_met<T>(change: &Change<T>, found: Option<&str>, text: impl Fn(&T) -> &str) -> bool {
    match change {
        Change::Keep => true,
        Change::Remove => found.is_none(),
        Change::Set(value) => found == Some(text(value)),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn record() -> UserRecord {
        let at = Timestamp::from_micros(7);
        let account = Account {
            id: Uuid::nil(),
            email: Some("ada@example.org".to_owned()),
            username: None,
            display_name: None,
            metadata: None,
            active: true,
            email_verified: false,
            mfa_enabled: false,
            created_at: at,
            updated_at: at,
            last_login: None,
        };
        let roles = vec!["user".to_owned()];
        UserRecord { account, locked_at: None, must_change_password: false, password_changed_at: None, roles }
    }

    #[test]
    fn whatever_is_shown_is_in_the_tag() {
        let changes: [fn(&mut UserRecord); 8] = [
            |record| record.account.username = record.account.email.take(),
            |record| record.account.display_name = Some(String::new()),
            |record| record.account.active = false,
            |record| record.account.email_verified = true,
            |record| record.account.last_login = Some(Timestamp::from_micros(8)),
            |record| record.locked_at = Some(Timestamp::from_micros(8)),
            |record| record.must_change_password = true,
            |record| record.roles.push("admin".to_owned()),
        ];
        let mut tags = vec![record().etag()];
        for change in changes {
            let mut other = record();
            change(&mut other);
            assert!(!tags.contains(&other.etag()), "{other:?}");
            tags.push(other.etag());
        }
        assert_eq!(record().etag(), tags[0]);
    }

    #[test]
    fn a_change_that_changes_nothing_is_met() {
        let met = |change: UserChange| change.is_met_by(&record());
        assert!(met(UserChange::default()));
        assert!(met(UserChange { active: Some(true), display_name: Change::Remove, ..UserChange::default() }));
        assert!(!met(UserChange { active: Some(false), ..UserChange::default() }));
        let named = Change::Set(DisplayName::parse("Ada").unwrap());
        assert!(!met(UserChange { display_name: named, ..UserChange::default() }));
    }
}
