//! An account for people: one line in a list, or a line for each thing.

use std::fmt::{self, Display};

use crate::domain::clock::Timestamp;
use crate::domain::user_record::UserRecord;

/// In a list: id, names, what keeps it out, roles.
pub struct Line<'a>(pub &'a UserRecord);

impl Display for Line<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (account, roles) = (&self.0.account, self.0.roles.join(","));
        let (email, username) = (or_dash(account.email.as_deref()), or_dash(account.username.as_deref()));
        write!(out, "{}  {email}  {username}  {}  {roles}", account.id, states(self.0).join(","))
    }
}

/// By itself.
pub struct Lines<'a>(pub &'a UserRecord);

impl Display for Lines<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (record, account) = (self.0, &self.0.account);
        let moment = |moment: Option<Timestamp>| moment.map_or("never".to_owned(), Timestamp::rfc3339);
        let verified = if account.email_verified { "verified" } else { "unverified" };
        writeln!(out, "id:        {}", account.id)?;
        match &account.email {
            Some(email) => writeln!(out, "e-mail:    {email} ({verified})")?,
            None => writeln!(out, "e-mail:    -")?,
        }
        writeln!(out, "username:  {}", or_dash(account.username.as_deref()))?;
        writeln!(out, "name:      {}", or_dash(account.display_name.as_deref()))?;
        writeln!(out, "state:     {}", states(record).join(", "))?;
        writeln!(out, "roles:     {}", record.roles.join(", "))?;
        writeln!(out, "password:  {}", record.password_changed_at.map_or("none", |_| "set"))?;
        writeln!(out, "2nd factor: {}", if account.mfa_enabled { "on" } else { "off" })?;
        writeln!(out, "metadata:  {}", or_dash(account.metadata.as_deref()))?;
        write!(out, "made:      {}\nsigned in: {}", account.created_at.rfc3339(), moment(account.last_login))
    }
}

fn or_dash(text: Option<&str>) -> &str {
    text.unwrap_or("-")
}

/// What is not as usual; `active` where everything is.
fn states(record: &UserRecord) -> Vec<&'static str> {
    let states = [
        ("disabled", !record.account.active),
        ("locked", record.locked_at.is_some()),
        ("must change password", record.must_change_password),
    ];
    let mut unusual: Vec<_> = states.into_iter().filter(|(_, holds)| *holds).map(|(word, _)| word).collect();
    if unusual.is_empty() {
        unusual.push("active");
    }
    unusual
}
