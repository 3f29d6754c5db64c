//! `keystead sessions …`: where people are signed in, and ending that. A running server knows of it within a second.

use std::net::IpAddr;

use clap::{Args, Subcommand};
use serde_json::json;
use uuid::Uuid;

use super::audit::moment;
use super::confirm::Confirm;
use super::exit::{Exit, Failure};
use super::offline::{Needs, Offline};
use super::output::Output;
use super::progress::Progress;
use super::whom::{Whom, known_as};
use crate::domain::clock::Timestamp;
use crate::domain::page::PageRequest;
use crate::domain::session_filter::SessionFilter;
use crate::flows::admin::by::By;
use crate::flows::admin::end_sessions::{SessionsEnded, end_sessions};
use crate::flows::admin::user_sessions::{end_session, end_sessions_of, list_sessions_of};
use crate::http::my_sessions::SessionJson;

#[derive(Debug, Subcommand)]
pub enum Sessions {
    /// Print the sessions of somebody that live, the newest first
    List(Of),
    /// End one session
    Revoke(Revoke),
    /// End every session of somebody
    RevokeUser(Of),
    /// End the sessions of everybody, or those that fit
    RevokeAll(RevokeAll),
}

#[derive(Debug, Args)]
pub struct Of {
    #[command(flatten)]
    whom: Whom,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
pub struct Revoke {
    /// Its id, as `keystead sessions list` prints it
    session: Uuid,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  keystead sessions revoke-all --ip 203.0.113.7 --dry-run
  keystead sessions revoke-all --before 2026-01-31T12:00:00Z --yes")]
pub struct RevokeAll {
    /// Those that began at this address
    #[arg(long)]
    ip: Option<IpAddr>,
    /// Those that began before this moment
    #[arg(long, value_name = "MOMENT", value_parser = moment)]
    before: Option<Timestamp>,
    #[command(flatten)]
    confirm: Confirm,
    #[command(flatten)]
    output: Output,
}

pub async fn run(asked: Sessions) -> Result<(), Failure> {
    match asked {
        Sessions::List(asked) => list(asked).await,
        Sessions::Revoke(asked) => revoke(asked).await,
        Sessions::RevokeUser(asked) => revoke_user(asked).await,
        Sessions::RevokeAll(asked) => revoke_all(asked).await,
    }
}

async fn list(asked: Of) -> Result<(), Failure> {
    Offline::with(Needs::NOTHING, async |offline| {
        let user_id = asked.whom.find(offline).await?.account.id;
        let mut page = PageRequest::new(None, None);
        while let Some(request) = page {
            let found = list_sessions_of(offline.context(), &Offline::visit(), user_id, request).await?;
            for session in found.items {
                let (id, began, used) = (session.id, session.created_at.rfc3339(), session.last_used_at.rfc3339());
                let ip = session.ip.clone().unwrap_or_else(|| "-".to_owned());
                let agent = session.user_agent.clone().unwrap_or_else(|| "-".to_owned());
                let plain = format!("{id}  began {began}  used {used}  {ip}  {agent}");
                asked.output.tell(&SessionJson::new(session, None), plain)?;
            }
            page = found.next.and_then(|next| PageRequest::new(None, Some(next)));
        }
        Ok(())
    })
    .await
}

async fn revoke(asked: Revoke) -> Result<(), Failure> {
    Offline::with(Needs::NOTHING, async |offline| {
        end_session(offline.context(), &Offline::visit(), &By::Operator, asked.session).await?;
        asked.output.tell(&json!({ "id": asked.session }), format_args!("session {}: ended", asked.session))
    })
    .await
}

async fn revoke_user(asked: Of) -> Result<(), Failure> {
    Offline::with(Needs::NOTHING, async |offline| {
        let account = asked.whom.find(offline).await?.account;
        end_sessions_of(offline.context(), &Offline::visit(), &By::Operator, account.id).await?;
        let plain = format!("{}: is signed out everywhere", known_as(&account));
        asked.output.tell(&json!({ "user_id": account.id }), plain)
    })
    .await
}

async fn revoke_all(asked: RevokeAll) -> Result<(), Failure> {
    let dry_run = asked.confirm.dry_run;
    let ip = asked.ip.map(|ip| ip.to_canonical().to_string());
    let filter = SessionFilter { user_id: None, ip, before: asked.before };
    if !dry_run {
        let whose = if filter == SessionFilter::default() { "everybody" } else { "all that fit" };
        asked.confirm.ask(&format!("End the sessions of {whose}?"))?;
    }
    let ended = Offline::with(Needs::NOTHING, async |offline| end_all(offline, &filter, dry_run).await).await?;
    let SessionsEnded { sessions, skipped, complete } = ended;
    let json = json!({ "dry_run": dry_run, "sessions": sessions, "skipped": skipped, "complete": complete });
    let plain = match (dry_run, complete) {
        (true, true) => format!("would end {sessions} sessions"),
        (true, false) => format!("would end {sessions} sessions and more"),
        (false, _) => format!("ended {sessions} sessions"),
    };
    asked.output.tell(&json, plain)
}

/// The flow does a few thousand a call; the same again goes on with the rest. A dry run would count the same ones again.
async fn end_all(offline: &Offline, filter: &SessionFilter, dry_run: bool) -> Result<SessionsEnded, Failure> {
    let (progress, mut all) = (Progress::endless("ending sessions"), SessionsEnded::default());
    loop {
        let ended = end_sessions(offline.context(), &Offline::visit(), &By::Operator, filter, dry_run).await?;
        all.sessions = all.sessions.saturating_add(ended.sessions);
        all.skipped = all.skipped.saturating_add(ended.skipped);
        all.complete = ended.complete;
        progress.advance(ended.sessions.into());
        if dry_run || ended.complete {
            return Ok(all);
        }
        if ended.sessions == 0 {
            return Err(Failure::new(
                Exit::Failure,
                format!("ended {} sessions, and the database is too slow to go on", all.sessions),
            )
            .hint("run it again: it goes on with the rest"));
        }
    }
}
