//! `keystead users list`

use clap::Args;

use super::shown::Line;
use crate::cli::audit::moment;
use crate::cli::exit::{Exit, Failure};
use crate::cli::offline::{Needs, Offline};
use crate::cli::output::Output;
use crate::domain::clock::Timestamp;
use crate::domain::email::EmailPrefix;
use crate::domain::page::PageRequest;
use crate::domain::user_list::{UserFilters, UserOrder, UserSearch};
use crate::domain::username::UsernamePrefix;
use crate::flows::admin::users::list_users;
use crate::flows::cause::Cause;
use crate::http::admin::user_json::UserJson;

/// The newest first, unless a name is looked for or an order is asked for.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  keystead users list --role admin
  keystead users list --email ada@ --json
  keystead users list --active false --limit 100")]
pub struct List {
    /// Whose address begins so
    #[arg(long, value_name = "BEGINNING", value_parser = email)]
    email: Option<EmailPrefix>,
    /// Whose username begins so
    #[arg(long, value_name = "BEGINNING", value_parser = username)]
    username: Option<UsernamePrefix>,
    /// Who has this role
    #[arg(long)]
    role: Option<String>,
    /// Who is in use, or who is not
    #[arg(long, value_name = "BOOL")]
    active: Option<bool>,
    /// Who was made then or later
    #[arg(long, value_name = "MOMENT", value_parser = moment)]
    created_after: Option<Timestamp>,
    /// Who was made before
    #[arg(long, value_name = "MOMENT", value_parser = moment)]
    created_before: Option<Timestamp>,
    /// One of `-created_at`, `created_at`, `username`, `email`
    #[arg(long, value_name = "ORDER", value_parser = order, allow_hyphen_values = true)]
    sort: Option<UserOrder>,
    /// No more than so many
    #[arg(long, value_name = "COUNT")]
    limit: Option<u64>,
    #[command(flatten)]
    output: Output,
}

pub async fn run(asked: List) -> Result<(), Failure> {
    let List { email, username, role, active, created_after, created_before, sort, limit, output } = asked;
    let filters = UserFilters { email, username, role, active, created_after, created_before };
    let mut left = limit.unwrap_or(u64::MAX);
    let (mut after, mut is_empty) = (None, true);
    Offline::with(Needs::NOTHING, async |offline| {
        while left > 0 {
            let rows = left.min(PageRequest::LARGEST.into());
            let page = PageRequest::new(Some(rows), None)
                .ok_or_else(|| Cause::Defect("a page of a list is too large".to_owned()))?;
            let search = UserSearch::new(filters.clone(), sort, after, page)
                .map_err(|error| Failure::new(Exit::Mistake, format!("--sort: {error}")))?;
            let found = list_users(offline.context(), &Offline::visit(), search).await?;
            left = left.saturating_sub(rows);
            is_empty &= found.items.is_empty();
            for record in found.items {
                output.tell(&UserJson::from(record.clone()), Line(&record))?;
            }
            after = found.next;
            if after.is_none() {
                break;
            }
        }
        if is_empty { output.remark("nobody fits") } else { Ok(()) }
    })
    .await
}

fn email(text: &str) -> Result<EmailPrefix, &'static str> {
    EmailPrefix::parse(text).ok_or("no address begins so")
}

fn username(text: &str) -> Result<UsernamePrefix, &'static str> {
    UsernamePrefix::parse(text).ok_or("no username begins so")
}

fn order(word: &str) -> Result<UserOrder, String> {
    UserOrder::parse(word).ok_or_else(|| format!("must be one of {}", UserOrder::WORDS))
}
