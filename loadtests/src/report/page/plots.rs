//! The plots of a phase.

use crate::numbers::{cores, count, float};
use crate::report::charts::{Scale, Series, chart};
use crate::report::model::{Phase, Second, StreamReport};
use crate::watch::Sample;

/// Fewer seconds make no line.
const LEAST_SECONDS: f64 = 5.0;
/// So many actors have a line: those with the most places in use.
const ACTORS: usize = 5;

pub fn is_worth_it(phase: &Phase) -> bool {
    phase.seconds >= LEAST_SECONDS
}

pub fn plots(phase: &Phase) -> String {
    if !is_worth_it(phase) {
        return String::new();
    }
    let of_streams =
        |value: fn(&Second) -> f64| phase.streams.iter().map(|stream| line(stream, value)).collect::<Vec<_>>();
    let sampled = |name: &str, value: fn(&Sample) -> Option<f64>| {
        let points = phase.samples.iter().filter_map(|sample| Some((sample.at, value(sample)?)));
        Series::new(name, points.collect())
    };
    let processors = [
        busy(&phase.samples, "node", |sample| sample.node_seconds),
        busy(&phase.samples, "generator", |sample| Some(sample.own_seconds)),
    ];
    [
        chart("Answers", "a second", Scale::Linear, &of_streams(|second| float(second.counts.judged()))),
        chart("Latency, worst hundredth", "ms", Scale::Logarithmic, &of_streams(|second| second.p99_ms)),
        chart("Latency, median", "ms", Scale::Logarithmic, &of_streams(|second| second.p50_ms)),
        chart("Refusals", "a second", Scale::Linear, &of_streams(|second| float(second.counts.refused))),
        chart("Refusals, worst hundredth", "ms", Scale::Logarithmic, &of_streams(|second| second.refused_p99_ms)),
        chart("Errors", "a second", Scale::Linear, &of_streams(|second| float(second.counts.errors()))),
        chart(
            "Memory of the node",
            "MiB",
            Scale::Linear,
            &[sampled("resident", |sample| sample.resident_bytes.map(|bytes| float(bytes) / (1024.0 * 1024.0)))],
        ),
        chart("Processors", "% of all cores", Scale::Linear, &processors),
        chart(
            "Predicted wait of the hasher",
            "ms",
            Scale::Linear,
            &[sampled("predicted", |sample| sample.load.as_ref().map(|load| load.predicted_wait_ms))],
        ),
        chart("Places in use", "at a look", Scale::Linear, &actors(&phase.samples)),
    ]
    .concat()
}

fn line(stream: &StreamReport, value: fn(&Second) -> f64) -> Series {
    Series::new(stream.name.as_str(), stream.seconds.iter().map(|second| (second.at, value(second))).collect())
}

/// Percent of all cores between two looks; the last two may be closer together than a second.
fn busy(samples: &[Sample], name: &str, seconds: fn(&Sample) -> Option<f64>) -> Series {
    let points = samples.windows(2).filter_map(|pair| {
        let [before, now] = pair else { return None };
        Some((now.at, 100.0 * seconds(now)? / (count(cores()) * (now.at - before.at).max(0.1))))
    });
    Series::new(name, points.collect())
}

/// Those that were busy most.
fn actors(samples: &[Sample]) -> Vec<Series> {
    let loads = || samples.iter().filter_map(|sample| Some((sample.at, sample.load.as_ref()?)));
    let Some((_, first)) = loads().next() else { return Vec::new() };
    let of_actor = |name: &str| {
        let in_use = |load: &crate::watch::load::NodeLoad| {
            load.actors.iter().find(|actor| actor.name == name).map_or(0.0, |actor| actor.in_use)
        };
        Series::new(name, loads().map(|(at, load)| (at, in_use(load))).collect())
    };
    let mut series: Vec<Series> = first.actors.iter().map(|actor| of_actor(&actor.name)).collect();
    let sum = |series: &Series| series.points.iter().map(|point| point.1).sum::<f64>();
    series.retain(|series| sum(series) > 0.0);
    series.sort_by(|a, b| sum(b).total_cmp(&sum(a)));
    series.truncate(ACTORS);
    series
}
