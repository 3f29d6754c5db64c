//! What a role is.

use clap::Args;
use serde_json::json;

use crate::cli::confirm::Confirm;
use crate::cli::exit::{Exit, Failure};
use crate::cli::offline::{Needs, Offline};
use crate::cli::output::Output;
use crate::domain::account::Change;
use crate::domain::etag::Precondition;
use crate::domain::page::PageRequest;
use crate::domain::permission::Permissions;
use crate::domain::role::{Role, RoleChange, RoleDescription, RoleName};
use crate::flows::admin::by::By;
use crate::flows::admin::roles::{NewRole, RoleError, change_role, create_role, delete_role, find_role, list_roles};
use crate::http::admin::roles::RoleJson;

#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  keystead roles create support --description 'Helps people in' --permission users:read --permission sessions:write")]
pub struct Create {
    /// Its name, which stays
    #[arg(value_parser = RoleName::parse)]
    role: RoleName,
    /// What it is for
    #[arg(long, value_name = "TEXT", value_parser = RoleDescription::parse)]
    description: Option<RoleDescription>,
    /// What it permits, as resource:action; may be given several times
    #[arg(long = "permission", value_name = "PERMISSION")]
    permissions: Vec<String>,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  keystead roles update support --permission users:read --no-description")]
pub struct Update {
    /// Its name
    #[arg(value_parser = RoleName::parse)]
    role: RoleName,
    /// What it is for
    #[arg(long, value_name = "TEXT", value_parser = RoleDescription::parse)]
    description: Option<RoleDescription>,
    /// Take away what is said of it
    #[arg(long, conflicts_with = "description")]
    no_description: bool,
    /// What it permits from now on, and nothing else; may be given several times
    #[arg(long = "permission", value_name = "PERMISSION")]
    permissions: Vec<String>,
    /// Have it permit nothing
    #[arg(long, conflicts_with = "permissions")]
    no_permissions: bool,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
pub struct Delete {
    /// Its name
    #[arg(value_parser = RoleName::parse)]
    role: RoleName,
    #[command(flatten)]
    confirm: Confirm,
    #[command(flatten)]
    output: Output,
}

pub async fn list(asked: List) -> Result<(), Failure> {
    Offline::with(Needs::NOTHING, async |offline| {
        let mut page = PageRequest::new(None, None);
        while let Some(request) = page {
            let found = list_roles(offline.context(), &Offline::visit(), request).await?;
            for role in found.items {
                tell(asked.output, role)?;
            }
            page = found.next.and_then(|next| PageRequest::new(None, Some(next)));
        }
        Ok(())
    })
    .await
}

pub async fn create(asked: Create) -> Result<(), Failure> {
    let Create { role: name, description, permissions, output } = asked;
    let new = NewRole { name, description, permissions: grantable(&permissions)? };
    Offline::with(Needs::NOTHING, async |offline| {
        tell(output, create_role(offline.context(), &Offline::visit(), &By::Operator, new.clone()).await?)
    })
    .await
}

pub async fn update(asked: Update) -> Result<(), Failure> {
    let description = match asked.description {
        Some(text) => Change::Set(text),
        None if asked.no_description => Change::Remove,
        None => Change::Keep,
    };
    let is_named = asked.no_permissions || !asked.permissions.is_empty();
    let permissions = if is_named { Some(grantable(&asked.permissions)?) } else { None };
    if permissions.is_none() && matches!(description, Change::Keep) {
        let hint = "say what is to be another: `keystead roles update --help`";
        return Err(Failure::new(Exit::Mistake, "there is nothing to change").hint(hint));
    }
    let change = RoleChange { description, permissions };
    Offline::with(Needs::NOTHING, async |offline| {
        let (context, visit, none) = (offline.context(), Offline::visit(), Precondition::None);
        tell(asked.output, change_role(context, &visit, &By::Operator, &asked.role, &none, &change).await?)
    })
    .await
}

pub async fn delete(asked: Delete) -> Result<(), Failure> {
    let (name, dry_run) = (asked.role.as_str(), asked.confirm.dry_run);
    Offline::with(Needs::NOTHING, async |offline| {
        let (context, visit) = (offline.context(), Offline::visit());
        let role = find_role(context, &visit, &asked.role).await?;
        let json = json!({ "dry_run": dry_run, "role": name });
        if dry_run {
            // What would be refused is refused now.
            return if role.built_in {
                Err(RoleError::BuiltIn.into())
            } else {
                asked.output.tell(&json, format_args!("would delete the role {name}"))
            };
        }
        asked.confirm.ask(&format!("Delete the role {name}, and take it from everybody who has it?"))?;
        // Whoever was asked has seen this one.
        let seen = Precondition::OneOf(vec![role.etag().as_str().to_owned()]);
        delete_role(context, &Offline::visit(), &By::Operator, &asked.role, &seen).await?;
        asked.output.tell(&json, format_args!("role {name}: deleted"))
    })
    .await
}

fn grantable(texts: &[String]) -> Result<Permissions, Failure> {
    Permissions::grantable(texts).map_err(|error| Failure::new(Exit::Mistake, format!("--permission: {error}")))
}

fn tell(output: Output, role: Role) -> Result<(), Failure> {
    let told = role.description.as_ref().map(|text| format!("  # {text}")).unwrap_or_default();
    let plain = format!("{}: {}{told}", role.name, role.permissions);
    output.tell(&RoleJson::from(role), plain)
}
