//! `keystead users update`

use clap::Args;

use super::shown::Lines;
use crate::cli::exit::{Exit, Failure};
use crate::cli::offline::{Needs, Offline};
use crate::cli::output::Output;
use crate::cli::whom::Whom;
use crate::domain::account::Change as Wish;
use crate::domain::etag::Precondition;
use crate::domain::profile::{DisplayName, Metadata};
use crate::domain::user_record::UserChange;
use crate::flows::admin::by::By;
use crate::flows::admin::change_user::change_user;
use crate::http::admin::user_json::UserJson;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  keystead users update ada --active false
  keystead users update ada@example.com --display-name 'Ada Lovelace' --no-metadata")]
pub struct Change {
    #[command(flatten)]
    whom: Whom,
    /// Whether it is in use; who is taken out of use is signed out everywhere
    #[arg(long, value_name = "BOOL")]
    active: Option<bool>,
    /// Whether the e-mail address is its owner's
    #[arg(long, value_name = "BOOL")]
    email_verified: Option<bool>,
    /// The name to show
    #[arg(long, value_name = "NAME", value_parser = DisplayName::parse)]
    display_name: Option<DisplayName>,
    /// Take the name to show away
    #[arg(long, conflicts_with = "display_name")]
    no_display_name: bool,
    /// A JSON object that is kept for the application, in place of the one that was
    #[arg(long, value_name = "JSON", value_parser = Metadata::parse)]
    metadata: Option<Metadata>,
    /// Take the metadata away
    #[arg(long, conflicts_with = "metadata")]
    no_metadata: bool,
    #[command(flatten)]
    output: Output,
}

pub async fn run(asked: Change) -> Result<(), Failure> {
    let change = UserChange {
        active: asked.active,
        email_verified: asked.email_verified,
        display_name: wish(asked.display_name, asked.no_display_name),
        metadata: wish(asked.metadata, asked.no_metadata),
    };
    if change.fields().is_empty() {
        let text = "there is nothing to change";
        return Err(Failure::new(Exit::Mistake, text).hint("say what is to be another: `keystead users update --help`"));
    }
    Offline::with(Needs::NOTHING, async |offline| {
        let id = asked.whom.find(offline).await?.account.id;
        let (context, visit, none) = (offline.context(), Offline::visit(), Precondition::None);
        let record = change_user(context, &visit, &By::Operator, id, &none, change.clone()).await?;
        asked.output.tell(&UserJson::from(record.clone()), Lines(&record))
    })
    .await
}

pub fn wish<T>(value: Option<T>, is_to_go: bool) -> Wish<T> {
    match value {
        Some(value) => Wish::Set(value),
        None if is_to_go => Wish::Remove,
        None => Wish::Keep,
    }
}
