//! Roles: names for sets of permissions. Whoever changes one holds what it gives and takes.

use uuid::Uuid;

use super::above::{AboveError, may_hand_on};
use super::by::By;
use crate::domain::audit_event::{Action, NewEvent};
use crate::domain::etag::Precondition;
use crate::domain::page::{Page, PageRequest};
use crate::domain::permission::Permissions;
use crate::domain::revocation::Revocation;
use crate::domain::role::{Role, RoleChange, RoleDescription, RoleName};
use crate::flows::cause::Cause;
use crate::flows::{Context, Visit};
use crate::store::audited::audited;
use crate::store::role_definitions::{
    CreateRole, DeleteRole, FindRole, ListRoles, ReplaceRole, RoleCreated, RoleDeleted, RoleReplaced,
};

/// Looks at a role that others change meanwhile. Each of them has changed it once then.
const TRIES: u32 = 5;

#[derive(Debug, thiserror::Error)]
pub enum RoleError {
    #[error("there is no such role")]
    NoSuchRole,
    #[error("there is a role of that name already")]
    NameTaken,
    #[error("the role is built in")]
    BuiltIn,
    #[error("the role is not what the precondition says")]
    PreconditionFailed,
    #[error("others have changed the role meanwhile, again and again")]
    Overtaken,
    #[error("too many hold the role")]
    InUse,
    #[error(transparent)]
    Above(#[from] AboveError),
    #[error(transparent)]
    Cause(#[from] Cause),
}

/// The latest first.
///
/// # Errors
/// [`Cause`].
pub async fn list_roles(context: &Context, visit: &Visit, page: PageRequest) -> Result<Page<Role>, Cause> {
    Ok(context.house.database.run(ListRoles { page }, visit.deadline).await?)
}

/// # Errors
/// [`RoleError::NoSuchRole`].
pub async fn find_role(context: &Context, visit: &Visit, name: &RoleName) -> Result<Role, RoleError> {
    let find = FindRole { name: name.as_str().to_owned() };
    let found = context.house.database.run(find, visit.deadline).await.map_err(Cause::from)?;
    found.ok_or(RoleError::NoSuchRole)
}

/// What a new role is to be.
#[derive(Clone, Debug)]
pub struct NewRole {
    pub name: RoleName,
    pub description: Option<RoleDescription>,
    pub permissions: Permissions,
}

/// # Errors
/// [`RoleError`].
pub async fn create_role(context: &Context, visit: &Visit, by: &By, new: NewRole) -> Result<Role, RoleError> {
    may_hand_on(by, &new.permissions)?;
    let role = Role {
        id: Uuid::now_v7(),
        name: new.name.as_str().to_owned(),
        description: new.description.map(|text| text.as_str().to_owned()),
        permissions: new.permissions,
        built_in: false,
    };
    let event = told(visit, by, Action::RoleCreated, &role).with("permissions", role.permissions.to_string());
    let create = audited(CreateRole(role.clone()), move |done| (*done == RoleCreated::Yes).then(|| event.clone()));
    match context.house.database.run(create, visit.deadline).await.map_err(Cause::from)? {
        RoleCreated::Yes => {
            tracing::info!(event = "role_created", role = %role.name, %by);
            Ok(role)
        }
        RoleCreated::NameTaken => Err(RoleError::NameTaken),
    }
}

/// The role as it stands afterwards. Tokens that were issued before are stale, where its permissions changed.
///
/// # Errors
/// [`RoleError`]; then nothing has changed.
pub async fn change_role(
    context: &Context,
    visit: &Visit,
    by: &By,
    name: &RoleName,
    precondition: &Precondition,
    change: &RoleChange,
) -> Result<Role, RoleError> {
    let (database, access_ttl) = (&context.house.database, context.rules.access_ttl);
    for _ in 0..TRIES {
        let present = changeable(context, visit, name, precondition).await?;
        let role = present.changed(change);
        if role == present {
            return Ok(role);
        }
        may_hand_on(by, &present.permissions.difference(&role.permissions))?;
        let event = told(visit, by, Action::RoleChanged, &role)
            .with("given", role.permissions.without(&present.permissions).to_string())
            .with("taken", present.permissions.without(&role.permissions).to_string());
        let replace = ReplaceRole { seen: present.etag(), role: role.clone(), access_ttl };
        let replace = audited(replace, move |done| matches!(done, RoleReplaced::Yes(_)).then(|| event.clone()));
        match database.run(replace, visit.deadline).await.map_err(Cause::from)? {
            RoleReplaced::Yes(revocation) => {
                learn(context, revocation.as_ref());
                tracing::info!(event = "role_changed", role = %role.name, %by);
                return Ok(role);
            }
            RoleReplaced::Overtaken => {}
            RoleReplaced::NoSuchRole => return Err(RoleError::NoSuchRole),
        }
    }
    Err(RoleError::Overtaken)
}

/// Takes it from whoever holds it, too. Tokens that were issued before are stale.
///
/// # Errors
/// [`RoleError`]; then nothing has changed.
pub async fn delete_role(
    context: &Context,
    visit: &Visit,
    by: &By,
    name: &RoleName,
    precondition: &Precondition,
) -> Result<(), RoleError> {
    let (database, access_ttl) = (&context.house.database, context.rules.access_ttl);
    for _ in 0..TRIES {
        let present = changeable(context, visit, name, precondition).await?;
        may_hand_on(by, &present.permissions)?;
        let event = told(visit, by, Action::RoleDeleted, &present);
        let delete = DeleteRole { id: present.id, seen: present.etag(), access_ttl };
        let delete = audited(delete, move |done| matches!(done, RoleDeleted::Yes(_)).then(|| event.clone()));
        match database.run(delete, visit.deadline).await.map_err(Cause::from)? {
            RoleDeleted::Yes(revocation) => {
                learn(context, Some(&revocation));
                tracing::info!(event = "role_deleted", role = %present.name, %by);
                return Ok(());
            }
            RoleDeleted::Overtaken => {}
            RoleDeleted::InUse => return Err(RoleError::InUse),
            RoleDeleted::NoSuchRole => return Err(RoleError::NoSuchRole),
        }
    }
    Err(RoleError::Overtaken)
}

async fn changeable(
    context: &Context,
    visit: &Visit,
    name: &RoleName,
    precondition: &Precondition,
) -> Result<Role, RoleError> {
    let present = find_role(context, visit, name).await?;
    if present.built_in {
        return Err(RoleError::BuiltIn);
    }
    if precondition.holds_for(&present.etag()) { Ok(present) } else { Err(RoleError::PreconditionFailed) }
}

fn told(visit: &Visit, by: &By, action: Action, role: &Role) -> NewEvent {
    visit.event(action, by.actor()).about(role.id).with("role", role.name.clone())
}

fn learn(context: &Context, revocation: Option<&Revocation>) {
    if let Some(revocation) = revocation {
        context.house.revocations.learn(revocation);
    }
}
