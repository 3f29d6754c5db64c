//! What a scenario stands on: where it may run, how long, and the way to run a phase.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

use crate::driver::line::Targets;
use crate::driver::run::{Hours, Run, drive};
use crate::driver::sheet::Sheet;
use crate::driver::{Pace, Span, Stream};
use crate::numbers::{cores, count};
use crate::place::database::Kind;
use crate::place::own::Own;
use crate::place::{Node, ServiceClient};
use crate::report::live::Live;
use crate::report::model::{Phase, Second, StreamReport};
use crate::watch::{Sample, Watch};

/// Of a second, so much makes a point in a plot.
const SHORTEST_SECOND: f64 = 0.5;

/// A server that is there already, and what is known of it.
#[derive(Clone, Debug)]
pub struct Given {
    pub node: Node,
    pub client: ServiceClient,
    pub people: usize,
}

pub struct Stage {
    pub program: PathBuf,
    /// Databases are made below it.
    pub ground: PathBuf,
    pub kind: Kind,
    pub given: Option<Given>,
    pub seed: u64,
    pub quick: bool,
    /// Of the generator.
    pub threads: usize,
    pub live: Live,
    /// No phase begins after it: a run is bounded, whatever happens.
    pub last_begin: Instant,
}

/// Whom a phase asks.
pub struct Asked<'a> {
    pub node: &'a Node,
    pub targets: Targets,
    /// Reads `/v1/admin/load` where it is given.
    pub client: Option<&'a ServiceClient>,
}

impl<'a> Asked<'a> {
    pub fn one(node: &'a Node, client: Option<&'a ServiceClient>) -> Self {
        Self { node, targets: Targets::one(node.address), client }
    }
}

impl Stage {
    /// The first where the run is a quick one.
    pub fn pick<T: Copy>(&self, quick: T, full: T) -> T {
        if self.quick { quick } else { full }
    }

    pub fn seconds(&self, quick: u64, full: u64) -> Duration {
        Duration::from_secs(self.pick(quick, full))
    }

    /// A database of the scenario's own; `more` are settings.
    pub fn own(&self, more: &[(&str, &str)]) -> anyhow::Result<Own> {
        Own::new(&self.program, &self.ground, self.kind, more)
    }

    /// Asks for as long as it is said, and writes down what came.
    pub fn phase(&self, name: &str, asked: &Asked<'_>, streams: Vec<Stream>, span: Span) -> anyhow::Result<Phase> {
        ensure!(Instant::now() < self.last_begin, "the run has had its time: {name} was not begun (--at-most)");
        let names: Vec<&str> = streams.iter().map(|stream| stream.name).collect();
        let live = self.live.phase(name, &names, span.measured.as_secs_f64());
        let mut watch = Watch::new(asked.node, asked.client);
        let mut notes = Notes::new(streams.len())?;
        let run = Run { targets: asked.targets.clone(), streams, span, seed: self.seed, threads: self.threads };
        drive(&run, |hours, sheets| {
            notes.add(hours, sheets, &mut watch)?;
            if let Some((at, seconds)) = notes.latest() {
                live.show(at, &seconds);
            }
            Ok(())
        })
        .with_context(|| format!("phase {name}"))?;
        drop(live);
        let phase = notes.phase(name, &run);
        self.live.summary(&phase);
        Ok(phase)
    }
}

/// What is written down during a phase.
struct Notes {
    wholes: Vec<Sheet>,
    seconds: Vec<Vec<Second>>,
    samples: Vec<Sample>,
}

impl Notes {
    fn new(streams: usize) -> anyhow::Result<Self> {
        let wholes = (0..streams).map(|_| Sheet::new()).collect::<anyhow::Result<_>>()?;
        Ok(Self { wholes, seconds: vec![Vec::new(); streams], samples: Vec::new() })
    }

    fn add(&mut self, hours: Hours, sheets: &mut [Sheet], watch: &mut Watch) -> anyhow::Result<()> {
        let at = Instant::now().saturating_duration_since(hours.counted_from).as_secs_f64();
        let sample = watch.look(at);
        // The first look only says what later ones are compared with.
        if self.samples.is_empty() {
            self.samples.push(Sample { own_seconds: 0.0, node_seconds: None, ..sample });
        } else {
            let since = at - self.samples.last().map_or(0.0, |sample| sample.at);
            self.samples.push(sample);
            // What is left at the end is no second: as one, it would be a fall to nothing.
            let is_whole = since >= SHORTEST_SECOND;
            for (seconds, sheet) in self.seconds.iter_mut().zip(&*sheets).filter(|_| is_whole) {
                seconds.push(Second::of(at, sheet));
            }
        }
        for (sheet, whole) in sheets.iter_mut().zip(&mut self.wholes) {
            sheet.pour_into(whole)?;
        }
        Ok(())
    }

    fn latest(&self) -> Option<(f64, Vec<Second>)> {
        let latest: Vec<Second> = self.seconds.iter().filter_map(|seconds| seconds.last().copied()).collect();
        self.samples.last().map(|sample| (sample.at, latest))
    }

    fn phase(self, name: &str, run: &Run) -> Phase {
        let span = run.span.measured.as_secs_f64();
        let own: f64 = self.samples.iter().map(|sample| sample.own_seconds).sum();
        let wall = self.samples.last().map_or(span, |sample| sample.at).max(1e-3);
        let streams = run.streams.iter().zip(&self.wholes).zip(self.seconds);
        let streams = streams.map(|((stream, whole), seconds)| {
            StreamReport::new(stream.name, describe(stream.pace), whole, span, seconds)
        });
        Phase {
            name: name.to_owned(),
            seconds: span,
            generator_share: own / (count(cores()) * wall),
            streams: streams.collect(),
            samples: self.samples,
        }
    }
}

fn describe(pace: Pace) -> String {
    match pace {
        Pace::Open { per_second, in_flight } => {
            format!("{} arrivals a second, at most {in_flight} at once", crate::numbers::short(per_second))
        }
        Pace::Closed { clients } => format!("{clients} clients, each asks again when answered"),
    }
}
