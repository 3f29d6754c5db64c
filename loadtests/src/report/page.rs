//! The report as one HTML file: what held and what did not first, then each scenario with its figures and plots.

mod plots;

use super::html::{each, escape, table};
use super::model::{Measure, Phase, Report, ScenarioReport, StreamReport};
use crate::numbers::short;
use crate::verdict::Verdict;

const STYLE: &str = include_str!("style.css");

pub fn page(report: &Report) -> String {
    let scenarios: String = report.scenarios.iter().map(scenario).collect();
    let machine = &report.machine;
    let about = format!(
        "{} on {} cores, Linux {} · {} · seed {}{}",
        machine.processor,
        machine.cores,
        machine.kernel,
        report.database,
        report.seed,
        if report.quick { " · a quick run: its figures are rough" } else { "" }
    );
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>Keystead under load</title>\n<style>\n{STYLE}</style></head>\n<body><main>\n\
         <h1>Keystead under load</h1>\n<p class=\"about\">{}</p>\n{}{scenarios}</main></body></html>\n",
        escape(&about),
        summary(report)
    )
}

fn summary(report: &Report) -> String {
    let verdicts: Vec<&Verdict> = report.scenarios.iter().flat_map(|scenario| &scenario.verdicts).collect();
    let missed = verdicts.iter().filter(|verdict| !verdict.reached).count();
    let failed = report.scenarios.iter().filter(|scenario| scenario.failure.is_some()).count();
    let (class, told) = match (missed, failed) {
        (0, 0) => ("held", format!("All {} thresholds held", verdicts.len())),
        (_, 0) => ("missed", format!("{missed} of {} thresholds missed", verdicts.len())),
        _ => ("missed", format!("{missed} of {} thresholds missed, {failed} scenarios failed", verdicts.len())),
    };
    let rows: Vec<Vec<String>> = verdicts.into_iter().map(verdict_row).collect();
    format!(
        "<p class=\"all {class}\">{told}</p>\n{}",
        table(&["goal", "measure", "", "measured", "threshold", "stretch"], &rows)
    )
}

fn verdict_row(verdict: &Verdict) -> Vec<String> {
    let threshold = &verdict.threshold;
    let (class, told) = match (verdict.reached, verdict.stretch_reached) {
        (false, _) => ("missed", "missed"),
        (true, false) => ("held", "held"),
        (true, true) => ("held", "stretch"),
    };
    vec![
        escape(threshold.goal.as_deref().unwrap_or("")),
        escape(&threshold.measure),
        format!("<b class=\"{class}\">{told}</b>"),
        verdict.value.map_or_else(|| "not measured".to_owned(), short),
        escape(&threshold.bound()),
        threshold.stretch.map(|stretch| stretch.to_string()).unwrap_or_default(),
    ]
}

fn scenario(scenario: &ScenarioReport) -> String {
    let failure = scenario.failure.as_ref();
    let failure = failure.map(|why| format!("<pre class=\"missed\">{}</pre>\n", escape(why))).unwrap_or_default();
    let notes = each(&scenario.notes, |note| format!("<p>{}</p>\n", escape(note)));
    let measures: Vec<Vec<String>> = scenario.measures.iter().map(measure_row).collect();
    let phases: String = scenario.phases.iter().map(phase).collect();
    format!(
        "<section id=\"{name}\"><h2>{name} <small>{seconds:.0} s</small></h2>\n\
         <p>{}</p>\n{failure}{}{notes}{phases}</section>\n",
        escape(&scenario.about),
        table(&["measure", "value", "", "rounds"], &measures),
        name = escape(&scenario.name),
        seconds = scenario.seconds,
    )
}

fn measure_row(measure: &Measure) -> Vec<String> {
    let rounds: Vec<String> = measure.rounds.iter().copied().map(short).collect();
    vec![escape(&measure.name), short(measure.value), escape(&measure.unit), rounds.join(", ")]
}

fn phase(phase: &Phase) -> String {
    let rows: Vec<Vec<String>> = phase.streams.iter().map(stream_row).collect();
    let heads =
        ["stream", "a second", "p50 ms", "p90 ms", "p99 ms", "p99.9 ms", "refused", "its p99", "errors", "not asked"];
    let generator = format!("the generator took {:.0} % of the cores", 100.0 * phase.generator_share);
    let late = phase.streams.iter().map(|stream| stream.behind_p99_ms).fold(0.0, f64::max);
    format!(
        "<details{}><summary>{} <small>{:.1} s</small></summary>\n{}<p class=\"about\">{generator}; at its worst \
         hundredth it asked {} ms after a question was due</p>\n<div class=\"plots\">{}</div></details>\n",
        if plots::is_worth_it(phase) { " open" } else { "" },
        escape(&phase.name),
        phase.seconds,
        table(&heads, &rows),
        short(late),
        plots::plots(phase),
    )
}

fn stream_row(stream: &StreamReport) -> Vec<String> {
    let counts = &stream.counts;
    let number = |number: u64| if number == 0 { "·".to_owned() } else { number.to_string() };
    vec![
        format!("{} <small>{}</small>", escape(&stream.name), escape(&stream.pace)),
        short(stream.judged_rate),
        short(stream.judged.p50),
        short(stream.judged.p90),
        short(stream.judged.p99),
        short(stream.judged.p999),
        number(counts.refused),
        if counts.refused == 0 { "·".to_owned() } else { short(stream.refused.p99) },
        number(counts.errors()),
        number(counts.over),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::machine::Machine;

    #[test]
    fn the_page_stands_by_itself() {
        let machine = Machine { cores: 2, processor: "<x>".to_owned(), kernel: "6".to_owned() };
        let scenario = ScenarioReport {
            name: "steady".to_owned(),
            about: "a & b".to_owned(),
            seconds: 1.0,
            phases: Vec::new(),
            measures: vec![Measure::median_of("rate", vec![1.0, 2.0, 3.0], "/s")],
            notes: Vec::new(),
            verdicts: Vec::new(),
            failure: Some("it broke".to_owned()),
        };
        let report = Report { machine, database: "sqlite".to_owned(), seed: 1, quick: true, scenarios: vec![scenario] };
        let page = page(&report);
        for part in ["&lt;x&gt;", "a &amp; b", "it broke", "<td>2.00</td>", "1 scenarios failed"] {
            assert!(page.contains(part), "{part}");
        }
        for stranger in ["<script", "http://", "https://", "url("] {
            assert!(!page.contains(stranger), "{stranger}");
        }
    }
}
