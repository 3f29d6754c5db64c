//! How many rounds a test runs: few as a rule, the full count by a command of its own.

#[expect(clippy::disallowed_methods, reason = "how many rounds a test runs is no setting of the server")]
pub fn rounds(variable: &str, as_a_rule: u64) -> u64 {
    let wanted = std::env::var(variable).ok();
    wanted
        .map_or(as_a_rule, |text| text.parse().unwrap_or_else(|_| panic!("{variable} is {text:?}, not a whole number")))
}
