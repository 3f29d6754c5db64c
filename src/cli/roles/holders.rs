//! Who holds a role.

use clap::Args;

use crate::cli::exit::Failure;
use crate::cli::offline::{Needs, Offline};
use crate::cli::output::Output;
use crate::cli::whom::{Whom, known_as};
use crate::domain::role::RoleName;
use crate::flows::admin::by::By;
use crate::flows::admin::role_holders::{Assignment, assign_role};
use crate::flows::admin::users::find_user;
use crate::http::admin::user_json::UserJson;

#[derive(Debug, Args)]
pub struct Holder {
    /// The role's name
    #[arg(value_parser = RoleName::parse)]
    role: RoleName,
    #[command(flatten)]
    whom: Whom,
    #[command(flatten)]
    output: Output,
}

pub async fn run(asked: Holder, assignment: Assignment) -> Result<(), Failure> {
    assign(&asked.whom, &asked.role, assignment, asked.output).await
}

/// Prints the account as it stands afterwards.
pub async fn assign(whom: &Whom, role: &RoleName, assignment: Assignment, output: Output) -> Result<(), Failure> {
    Offline::with(Needs::NOTHING, async |offline| {
        let id = whom.find(offline).await?.account.id;
        let (context, visit) = (offline.context(), Offline::visit());
        assign_role(context, &visit, &By::Operator, id, role, assignment).await?;
        let record = find_user(context, &visit, id).await?;
        let plain = format!("{}: has the roles {}", known_as(&record.account), record.roles.join(", "));
        output.tell(&UserJson::from(record), plain)
    })
    .await
}
