//! Whether a password would do, before it is anybody's.

use super::cause::Cause;
use super::new_password::{About, Rule};
use super::{Context, Visit};
use crate::domain::email::Email;
use crate::domain::password::{NewPassword, Weakness};

#[derive(Debug)]
pub struct Opinion {
    /// Empty: it would do, for somebody who never had it before.
    pub weaknesses: Vec<Weakness>,
    /// 0–4.
    pub strength: u8,
}

/// Whether it was used before is nobody's business but its owner's, so it is not looked at. Nothing is logged.
///
/// # Errors
/// [`Cause`].
pub async fn check_password(
    context: &Context,
    visit: &Visit,
    password: &NewPassword,
    email: Option<&Email>,
) -> Result<Opinion, Cause> {
    let about = About { email: email.map(Email::as_entered), ..About::default() };
    let (weaknesses, strength) = Rule::of(context, visit).judge(password, &about).await?;
    Ok(Opinion { weaknesses, strength: strength.score })
}
