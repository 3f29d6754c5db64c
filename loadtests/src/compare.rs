//! Two reports side by side: what became better, what worse, and by how much.

use std::fmt::Write as _;

use crate::numbers::{ratio, short};
use crate::report::model::{Measure, Report};

/// Below it nothing is said of a change: figures of one machine drift by as much.
const DRIFT: f64 = 0.05;

pub fn compare(before: &Report, after: &Report) -> String {
    let mut text = String::new();
    for (what, then, now) in [
        ("processor", &before.machine.processor, &after.machine.processor),
        ("database", &before.database, &after.database),
    ] {
        if then != now {
            line(&mut text, &format!("the {what} is another one ({then}; {now}): only ratios can be compared"));
        }
    }
    if before.quick != after.quick {
        line(&mut text, "one of them was a quick run");
    }
    for scenario in &after.scenarios {
        let Some(then) = before.scenarios.iter().find(|then| then.name == scenario.name) else {
            line(&mut text, &format!("\n{}: not in the first report", scenario.name));
            continue;
        };
        line(&mut text, &format!("\n{}", scenario.name));
        for measure in &scenario.measures {
            let before = then.measures.iter().find(|before| before.name == measure.name);
            line(&mut text, &one(measure, before));
        }
    }
    text
}

fn one(measure: &Measure, before: Option<&Measure>) -> String {
    let Measure { name, value, unit, .. } = measure;
    let Some(before) = before else { return format!("  {name:28} {:>12} {unit}", short(*value)) };
    let change = match ratio(*value, before.value) {
        Some(ratio) if (ratio - 1.0).abs() >= DRIFT && apart(measure, before) => format!("× {ratio:.2}"),
        Some(_) => "≈".to_owned(),
        None => String::new(),
    };
    format!("  {name:28} {:>12} → {:>12} {unit:14} {change}", short(before.value), short(*value))
}

/// Where both were taken in rounds, a change counts only when no round of one is within those of the other.
fn apart(a: &Measure, b: &Measure) -> bool {
    let ends = |rounds: &[f64]| {
        let least = rounds.iter().copied().fold(f64::INFINITY, f64::min);
        (least, rounds.iter().copied().fold(f64::NEG_INFINITY, f64::max))
    };
    if a.rounds.is_empty() || b.rounds.is_empty() {
        return true;
    }
    let ((least_a, most_a), (least_b, most_b)) = (ends(&a.rounds), ends(&b.rounds));
    most_a < least_b || most_b < least_a
}

fn line(text: &mut String, what: &str) {
    // Writing to a String cannot fail.
    let _written = writeln!(text, "{what}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_within_the_rounds_is_none() {
        let measure = |rounds: &[f64]| Measure::median_of("rate", rounds.to_vec(), "/s");
        assert!(one(&measure(&[99.0, 120.0, 130.0]), Some(&measure(&[90.0, 100.0, 125.0]))).contains('≈'));
        assert!(one(&measure(&[200.0, 210.0]), Some(&measure(&[100.0, 105.0]))).contains("× 2.00"));
    }
}
