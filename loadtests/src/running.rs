//! A run from its arguments to its exit code.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

use crate::arguments::Running;
use crate::numbers::{cores, short};
use crate::place::database::started_for_us;
use crate::place::given::{Credentials, node};
use crate::place::program::{ground, keystead};
use crate::report::live::Live;
use crate::report::machine::Machine;
use crate::report::model::{Report, ScenarioReport};
use crate::scenario::{ALL, Findings, Given, Scenario, Stage};
use crate::verdict::{Thresholds, Verdict};

const QUICK_MINUTES: u64 = 20;
const FULL_MINUTES: u64 = 240;

pub fn run_all(asked: &Running) -> anyhow::Result<ExitCode> {
    ensure!(asked.scenarios.is_empty(), "`all` takes no names; `loadtests run` does");
    let fits = |scenario: &&&dyn Scenario| {
        scenario.in_all() && scenario.on(asked.database) && (asked.target.is_none() || scenario.anywhere())
    };
    let names: Vec<String> = ALL.iter().filter(fits).map(|scenario| scenario.name().to_owned()).collect();
    run(asked, &names)
}

pub fn run(asked: &Running, names: &[String]) -> anyhow::Result<ExitCode> {
    ensure!(!names.is_empty(), "name a scenario; `loadtests list` has them");
    let scenarios = names.iter().map(|name| named(name)).collect::<anyhow::Result<Vec<_>>>()?;
    let thresholds = Thresholds::read(asked.thresholds.as_deref())?;
    if asked.target.is_none()
        && let Some(code) = started_for_us(asked.database)?
    {
        return Ok(code);
    }
    let stage = stage(asked)?;
    let mut report = Report {
        machine: Machine::this(),
        database: asked.target.clone().unwrap_or_else(|| asked.database.name().to_owned()),
        seed: asked.seed,
        quick: asked.quick,
        scenarios: Vec::new(),
    };
    for scenario in scenarios {
        ensure!(stage.given.is_none() || scenario.anywhere(), "{} starts servers of its own", scenario.name());
        ensure!(scenario.on(asked.database), "{} is not for {}", scenario.name(), asked.database.name());
        report.scenarios.push(one(scenario, &stage, &thresholds));
        // After each: what was measured is kept where a later one fails.
        crate::report::write(&report, &asked.output)?;
    }
    let [json, html] = crate::report::write(&report, &asked.output)?;
    println!("\n{}\n{}", html.display(), json.display());
    let green = report.scenarios.iter().all(ScenarioReport::is_green);
    Ok(if green { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn named(name: &str) -> anyhow::Result<&'static dyn Scenario> {
    let found = ALL.iter().find(|scenario| scenario.name() == name);
    found.copied().with_context(|| format!("there is no scenario {name:?}; `loadtests list` has them"))
}

fn stage(asked: &Running) -> anyhow::Result<Stage> {
    let given = match (&asked.target, &asked.credentials) {
        (Some(url), Some(path)) => {
            let credentials = Credentials::read(path)?;
            let node = node(url, asked.elsewhere)?;
            Some(Given { node, client: credentials.client(), people: credentials.people })
        }
        _ => None,
    };
    let program = if given.is_some() { PathBuf::new() } else { keystead(asked.keystead.as_deref())? };
    let minutes = asked.at_most.unwrap_or(if asked.quick { QUICK_MINUTES } else { FULL_MINUTES });
    Ok(Stage {
        program,
        ground: ground(asked.ground.as_deref())?,
        kind: asked.database,
        given,
        seed: asked.seed,
        quick: asked.quick,
        threads: asked.threads.unwrap_or_else(cores),
        live: Live::new(),
        last_begin: Instant::now() + Duration::from_secs(60 * minutes),
    })
}

/// A scenario that fails is told in the report, and the next one has its turn.
fn one(scenario: &dyn Scenario, stage: &Stage, thresholds: &Thresholds) -> ScenarioReport {
    stage.live.say(&format!("\n{}: {}", scenario.name(), scenario.about()));
    let began = Instant::now();
    let (findings, failure) = match scenario.run(stage) {
        Ok(findings) => (findings, None),
        Err(cause) => (Findings::default(), Some(format!("{cause:#}"))),
    };
    let verdicts = thresholds.judge(scenario.name(), &findings.measures, stage.kind.name(), stage.quick);
    let report = ScenarioReport {
        name: scenario.name().to_owned(),
        about: scenario.about().to_owned(),
        seconds: began.elapsed().as_secs_f64(),
        phases: findings.phases,
        measures: findings.measures,
        notes: findings.notes,
        verdicts,
        failure,
    };
    tell(stage, &report);
    report
}

fn tell(stage: &Stage, report: &ScenarioReport) {
    for Verdict { threshold, value, reached, stretch_reached } in &report.verdicts {
        let told = match (reached, stretch_reached) {
            (false, _) => "MISSED",
            (true, false) => "held",
            (true, true) => "held, and better",
        };
        let goal = threshold.goal.as_deref().unwrap_or("");
        let value = value.map_or_else(|| "not measured".to_owned(), short);
        stage.live.say(&format!("  {goal:4} {:36} {value:>12}  {:10} {told}", threshold.measure, threshold.bound()));
    }
    if let Some(why) = &report.failure {
        stage.live.say(&format!("  FAILED: {why}"));
    }
}
