//! A migration's number on the command line, and migrations in what is printed.

use serde_json::{Value, json};

use crate::store::migrations::Step;

/// `head`, or a number, with or without zeros before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revision {
    Head,
    Number(i64),
}

impl Revision {
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        match text {
            "head" => Ok(Self::Head),
            _ => number(text).map(Self::Number),
        }
    }
}

/// A number without a sign.
pub fn number(text: &str) -> Result<i64, &'static str> {
    text.parse::<u32>().map(i64::from).map_err(|_| "must be the number of a migration, such as 12 or 0012")
}

/// `0001_users`.
pub fn name(step: &Step) -> String {
    format!("{:04}_{}", step.version, step.name)
}

/// For scripts.
pub fn as_json(steps: &[Step]) -> Vec<Value> {
    steps.iter().map(|step| json!({ "version": step.version, "name": step.name })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_is_head_or_a_number() {
        assert_eq!(Revision::parse("head"), Ok(Revision::Head));
        assert_eq!(Revision::parse("0012"), Ok(Revision::Number(12)));
        for text in ["", "HEAD", "-1", "1.5", "0x1", "99999999999"] {
            assert!(Revision::parse(text).is_err(), "{text}");
        }
    }
}
