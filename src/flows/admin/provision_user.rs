//! An account as a provisioning script wants it: made where it is not there, and brought to what is said of it where it
//! is. What is not said stays as it is, so the same again changes nothing.

use super::by::By;
use super::change_user::{ChangeUserError, change_user};
use super::create_user::{CreateUserError, NewUser, create_user};
use super::role_holders::{AssignError, Assignment, assign_role};
use super::roles::{RoleError, find_role};
use super::users::{FindUserError, find_user};
use crate::domain::account::Change;
use crate::domain::etag::Precondition;
use crate::domain::role::RoleName;
use crate::domain::user_record::{UserChange, UserRecord};
use crate::flows::cause::Cause;
use crate::flows::holder::{Holder, holder_of};
use crate::flows::{Context, Visit};

#[derive(Debug)]
pub struct WantedUser {
    /// Its password is for an account that is made: one that is there keeps its own.
    pub user: NewUser,
    /// `None`: as it is, and in use where it is made.
    pub active: Option<bool>,
    /// Given; no other is taken away.
    pub roles: Vec<RoleName>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provisioned {
    Created,
    Changed,
    Unchanged,
}

#[derive(Debug, thiserror::Error)]
pub enum ProvisionError {
    #[error("an account needs an e-mail address or a username")]
    Nameless,
    #[error("the username and the e-mail address belong to two different accounts, or one of them to another")]
    NamesOfTwo,
    #[error("there is no role {}", .0.as_str())]
    NoSuchRole(RoleName),
    #[error(transparent)]
    Create(#[from] CreateUserError),
    #[error(transparent)]
    Change(#[from] ChangeUserError),
    #[error(transparent)]
    Assign(#[from] AssignError),
    #[error(transparent)]
    Find(#[from] FindUserError),
    #[error(transparent)]
    Cause(#[from] Cause),
}

/// Makes an account with these roles.
///
/// # Errors
/// [`ProvisionError`]; a role that is not there is found out before anything is done.
pub async fn create_with_roles(
    context: &Context,
    visit: &Visit,
    by: &By,
    wanted: WantedUser,
) -> Result<UserRecord, ProvisionError> {
    if wanted.user.email.is_none() && wanted.user.username.is_none() {
        return Err(ProvisionError::Nameless);
    }
    roles_are_there(context, visit, &wanted.roles).await?;
    let record = create_user(context, visit, by, wanted.user).await?;
    let change = UserChange { active: wanted.active, ..UserChange::default() };
    bring_to(context, visit, by, record, change, &wanted.roles).await.map(|(record, _)| record)
}

/// # Errors
/// [`ProvisionError`]; what was done before stays done, and the same again goes on.
pub async fn upsert_user(
    context: &Context,
    visit: &Visit,
    by: &By,
    wanted: WantedUser,
) -> Result<(UserRecord, Provisioned), ProvisionError> {
    roles_are_there(context, visit, &wanted.roles).await?;
    let user = &wanted.user;
    let user_id = match holder_of(context, visit, user.email.as_ref(), user.username.as_ref()).await? {
        Holder::Nameless => return Err(ProvisionError::Nameless),
        Holder::Several => return Err(ProvisionError::NamesOfTwo),
        Holder::Nobody => {
            let record = create_with_roles(context, visit, by, wanted).await?;
            return Ok((record, Provisioned::Created));
        }
        Holder::One(user_id) => user_id,
    };
    let record = find_user(context, visit, user_id).await?;
    let WantedUser { user, active, roles } = wanted;
    let change = UserChange {
        active,
        email_verified: user.email_verified.then_some(true),
        display_name: user.display_name.map_or(Change::Keep, Change::Set),
        metadata: user.metadata.map_or(Change::Keep, Change::Set),
    };
    let (record, differs) = bring_to(context, visit, by, record, change, &roles).await?;
    Ok((record, if differs { Provisioned::Changed } else { Provisioned::Unchanged }))
}

/// The record as it stands then, and whether it is another one.
async fn bring_to(
    context: &Context,
    visit: &Visit,
    by: &By,
    record: UserRecord,
    change: UserChange,
    roles: &[RoleName],
) -> Result<(UserRecord, bool), ProvisionError> {
    let (user_id, changes) = (record.account.id, !change.is_met_by(&record));
    if changes {
        change_user(context, visit, by, user_id, &Precondition::None, change).await?;
    }
    let missing: Vec<_> = roles.iter().filter(|role| !record.roles.iter().any(|held| held == role.as_str())).collect();
    for role in &missing {
        assign_role(context, visit, by, user_id, role, Assignment::Grant).await?;
    }
    if changes || !missing.is_empty() {
        Ok((find_user(context, visit, user_id).await?, true))
    } else {
        Ok((record, false))
    }
}

async fn roles_are_there(context: &Context, visit: &Visit, roles: &[RoleName]) -> Result<(), ProvisionError> {
    for role in roles {
        match find_role(context, visit, role).await {
            Ok(_) => {}
            Err(RoleError::NoSuchRole) => return Err(ProvisionError::NoSuchRole(role.clone())),
            Err(other) => return Err(AssignError::from(other).into()),
        }
    }
    Ok(())
}
