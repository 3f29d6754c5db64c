//! What is done to one account, where its name says it all.

use clap::Args;

use super::shown::Lines;
use crate::cli::exit::Failure;
use crate::cli::offline::{Needs, Offline};
use crate::cli::output::Output;
use crate::cli::whom::{Whom, known_as};
use crate::flows::admin::by::By;
use crate::flows::admin::change_user::verify_email_of;
use crate::flows::admin::give_password::require_password_change;
use crate::flows::admin::lock_user::{lock_user, unlock_user};
use crate::flows::admin::users::find_user;
use crate::http::admin::user_json::UserJson;

#[derive(Debug, Args)]
pub struct Deed {
    #[command(flatten)]
    whom: Whom,
    #[command(flatten)]
    output: Output,
}

#[derive(Clone, Copy, Debug)]
pub enum Act {
    Look,
    Lock,
    Unlock,
    RequirePasswordChange,
    VerifyEmail,
}

/// Prints the account as it stands afterwards. That it was so before is a success, too.
pub async fn run(asked: Deed, act: Act) -> Result<(), Failure> {
    Offline::with(Needs::NOTHING, async |offline| {
        let record = asked.whom.find(offline).await?;
        let (context, visit, id) = (offline.context(), Offline::visit(), record.account.id);
        let done = match act {
            Act::Look => return asked.output.tell(&UserJson::from(record.clone()), Lines(&record)),
            Act::Lock => lock_user(context, &visit, &By::Operator, id).await.map(|()| "locked")?,
            Act::Unlock => unlock_user(context, &visit, &By::Operator, id).await.map(|()| "unlocked")?,
            Act::RequirePasswordChange => {
                let done = require_password_change(context, &visit, &By::Operator, id).await;
                done.map(|()| "has to change the password at the next sign-in")?
            }
            Act::VerifyEmail => {
                verify_email_of(context, &visit, &By::Operator, id).await.map(|()| "the e-mail address is verified")?
            }
        };
        let record = find_user(context, &visit, id).await?;
        let name = known_as(&record.account);
        asked.output.tell(&UserJson::from(record), format_args!("{name}: {done}"))
    })
    .await
}
