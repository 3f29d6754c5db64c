//! `keystead audit search`

use std::io::{self, Write as _};
use std::net::IpAddr;

use clap::Args;
use uuid::Uuid;

use super::moment;
use crate::cli::exit::Failure;
use crate::cli::offline::{Needs, Offline};
use crate::domain::audit_event::{Action, Outcome};
use crate::domain::audit_record::AuditFilter;
use crate::domain::clock::Timestamp;
use crate::domain::page::PageRequest;
use crate::flows::admin::audit::list_audit;
use crate::flows::admin::by::By;
use crate::http::audit_json::EventJson;

const EXAMPLES: &str = "\
Examples:
  keystead audit search --action session.refused --after 2026-01-31T00:00:00Z
  keystead audit search --ip 203.0.113.7 --outcome refused --limit 500
  keystead audit search --user 01890a5d-ac96-774b-bcce-b302099a8057 | jq .action

What must fit is what is given; several must fit all at once. docs/audit.md names the actions.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Search {
    /// Whom it is about: an account's id
    #[arg(long, value_name = "ID")]
    user: Option<Uuid>,
    /// Who did it: the id of an account or a service client
    #[arg(long, value_name = "ID")]
    actor: Option<Uuid>,
    /// What was done, such as session.created
    #[arg(long, value_parser = action)]
    action: Option<Action>,
    /// From which address
    #[arg(long)]
    ip: Option<IpAddr>,
    /// How it ended: success or refused
    #[arg(long, value_parser = outcome)]
    outcome: Option<Outcome>,
    /// From this moment on
    #[arg(long, value_name = "MOMENT", value_parser = moment)]
    after: Option<Timestamp>,
    /// Up to this moment, without it
    #[arg(long, value_name = "MOMENT", value_parser = moment)]
    before: Option<Timestamp>,
    /// No more than so many
    #[arg(long, value_name = "COUNT", default_value_t = 50)]
    limit: u32,
}

pub async fn run(asked: Search) -> Result<(), Failure> {
    let Search { user, actor, action, ip, outcome, after, before, limit } = asked;
    let ip = ip.map(|ip| ip.to_string());
    let filter = AuditFilter { user, actor, action, ip, outcome, after, before };
    Offline::with(Needs::NOTHING, async |offline| print(offline, &filter, limit).await).await
}

/// A page after the other; each is noted, as on the admin plane.
async fn print(offline: &Offline, filter: &AuditFilter, limit: u32) -> Result<(), Failure> {
    let (mut left, mut after) = (limit, None);
    // A limit of 0 asks for nothing.
    while let Some(page) = PageRequest::new(Some(left.min(PageRequest::LARGEST.into()).into()), after) {
        let found = list_audit(offline.context(), &Offline::visit(), &By::Operator, filter.clone(), page).await?;
        let mut out = io::stdout().lock();
        for record in found.items {
            left = left.saturating_sub(1);
            serde_json::to_writer(&mut out, &EventJson::from(record)).map_err(io::Error::from)?;
            out.write_all(b"\n")?;
        }
        out.flush()?;
        after = found.next;
        if after.is_none() {
            break;
        }
    }
    Ok(())
}

fn action(word: &str) -> Result<Action, &'static str> {
    Action::parse(word).ok_or("is no action of the audit trail; docs/audit.md names them")
}

fn outcome(word: &str) -> Result<Outcome, String> {
    let known = || Outcome::ALL.map(Outcome::word).join(" or ");
    Outcome::ALL.into_iter().find(|outcome| outcome.word() == word).ok_or_else(|| format!("must be {}", known()))
}
