//! Whether what was measured is enough: by a file of thresholds, whose floors have to hold.

use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use crate::report::model::Measure;

const BUILT_IN: &str = include_str!("../thresholds.json");

/// One floor, or one ceiling.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// `scenario.measure`
    pub measure: String,
    /// Of the goals in `docs/performance.md`; none for a promise of the scenario's own.
    #[serde(default)]
    pub goal: Option<String>,
    #[serde(default)]
    pub at_least: Option<f64>,
    #[serde(default)]
    pub at_most: Option<f64>,
    /// What would be better still; missing it is no failure.
    #[serde(default)]
    pub stretch: Option<f64>,
    /// The databases that it holds for; all where nothing is said.
    #[serde(default)]
    pub only: Vec<String>,
    /// A quick run has too little of it to say.
    #[serde(default)]
    pub full_run_only: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Verdict {
    pub threshold: Threshold,
    /// Nothing where the scenario did not come to measure it.
    pub value: Option<f64>,
    pub reached: bool,
    pub stretch_reached: bool,
}

#[derive(Clone, Debug)]
pub struct Thresholds(Vec<Threshold>);

impl Thresholds {
    /// Those that are built in, or those of a file.
    pub fn read(path: Option<&Path>) -> anyhow::Result<Self> {
        let text = match path {
            Some(path) => std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?,
            None => BUILT_IN.to_owned(),
        };
        Ok(Self(serde_json::from_str(&text).context("thresholds")?))
    }

    /// Of one scenario. What a threshold speaks of and nobody measured is missed.
    pub fn judge(&self, scenario: &str, measures: &[Measure], database: &str, quick: bool) -> Vec<Verdict> {
        let of_scenario = self.0.iter().filter_map(|threshold| {
            let measure = threshold.measure.strip_prefix(scenario)?.strip_prefix('.')?;
            Some((threshold, measure))
        });
        of_scenario
            .filter(|(threshold, _)| threshold.only.is_empty() || threshold.only.iter().any(|name| name == database))
            .filter(|(threshold, _)| !(quick && threshold.full_run_only))
            .map(|(threshold, name)| {
                let value = measures.iter().find(|measure| measure.name == name).map(|measure| measure.value);
                threshold.judge(value)
            })
            .collect()
    }
}

impl Threshold {
    fn judge(&self, value: Option<f64>) -> Verdict {
        let value = value.filter(|value| value.is_finite());
        let holds = |value: f64| {
            self.at_least.is_none_or(|floor| value >= floor) && self.at_most.is_none_or(|ceiling| value <= ceiling)
        };
        let better = |value: f64| {
            self.stretch
                .is_some_and(|stretch| if self.at_least.is_some() { value >= stretch } else { value <= stretch })
        };
        Verdict {
            threshold: self.clone(),
            value,
            reached: value.is_some_and(holds),
            stretch_reached: value.is_some_and(better),
        }
    }

    /// `≥ 0.88`
    pub fn bound(&self) -> String {
        match (self.at_least, self.at_most) {
            (Some(least), Some(most)) => format!("{least} to {most}"),
            (Some(least), None) => format!("≥ {least}"),
            (None, Some(most)) => format!("≤ {most}"),
            (None, None) => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_floor_a_ceiling_and_what_was_not_measured() {
        let text = r#"[{"measure":"a.x","at_least":2,"stretch":3},{"measure":"a.y","at_most":5},
            {"measure":"a.z","at_most":1},{"measure":"a.p","at_most":1,"only":["postgres"]},{"measure":"b.x","at_most":1}]"#;
        let thresholds = Thresholds(serde_json::from_str(text).unwrap());
        let measures = [Measure::one("x", 2.5, ""), Measure::one("y", 5.5, "")];
        let verdicts = thresholds.judge("a", &measures, "sqlite", false);
        let told: Vec<_> = verdicts.iter().map(|verdict| (verdict.reached, verdict.stretch_reached)).collect();
        assert_eq!(told, [(true, false), (false, false), (false, false)]);
    }

    #[test]
    fn the_built_in_ones_are_of_scenarios_that_exist() {
        for threshold in Thresholds::read(None).unwrap().0 {
            let (scenario, _) = threshold.measure.split_once('.').unwrap();
            assert!(crate::scenario::ALL.iter().any(|known| known.name() == scenario), "{scenario}");
            assert!(threshold.at_least.is_some() || threshold.at_most.is_some(), "{}", threshold.measure);
        }
    }
}
