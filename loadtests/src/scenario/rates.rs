//! Two sides of a ratio, in turns: a shared machine drifts by more than what is to be shown.

use crate::driver::{Pace, Span, Stream};
use crate::numbers::ratio;
use crate::report::model::Phase;

use super::{Asked, Findings, Stage};

/// The first stream's rate of what was judged.
pub fn rate(phase: &Phase) -> f64 {
    phase.streams.first().map_or(0.0, |stream| stream.judged_rate)
}

pub const fn clients(number: usize) -> Pace {
    Pace::Closed { clients: number }
}

/// One side: whom it asks, and what.
pub struct Side<'a> {
    pub name: &'static str,
    pub asked: Asked<'a>,
    pub stream: Stream,
}

/// Rates of both sides, round for round; all phases go into the findings. The span's warm-up is each round's own.
pub fn in_turns(
    stage: &Stage,
    findings: &mut Findings,
    rounds: usize,
    span: Span,
    sides: &[&Side<'_>; 2],
) -> anyhow::Result<Vec<[f64; 2]>> {
    let mut pairs = Vec::with_capacity(rounds);
    for round in 1..=rounds {
        let mut pair = [0.0; 2];
        for (side, rate_of_side) in sides.iter().zip(&mut pair) {
            let name = format!("{} {round}", side.name);
            let phase = stage.phase(&name, &side.asked, vec![side.stream.clone()], span)?;
            *rate_of_side = rate(&phase);
            findings.phases.push(phase);
        }
        pairs.push(pair);
    }
    Ok(pairs)
}

/// Processor time of the node for one answer, in each of the phases with such a name.
pub fn costs(findings: &Findings, name: &str) -> Vec<f64> {
    let phases = findings.phases.iter().filter(|phase| phase.name.starts_with(name));
    phases.filter_map(Phase::cost_micros).collect()
}

/// Of each round, the first side ÷ the second.
pub fn ratios(pairs: &[[f64; 2]]) -> Vec<f64> {
    pairs.iter().filter_map(|[ours, theirs]| ratio(*ours, *theirs)).collect()
}

pub fn column(pairs: &[[f64; 2]], which: usize) -> Vec<f64> {
    pairs.iter().filter_map(|pair| pair.get(which).copied()).collect()
}
