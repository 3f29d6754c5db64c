//! One phase of a scenario: all its streams at once, over the generator's threads, and a second's figures every second.

use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio::runtime::Builder;
use tokio::sync::mpsc::unbounded_channel;
use tokio::task::LocalSet;
use tokio::time::sleep;

use super::closed::send_off;
use super::lane::Lane;
use super::line::Targets;
use super::open::{Bounded, hand_out};
use super::schedule::{Arrivals, keep_time};
use super::sheet::Sheet;
use super::{Pace, Share, Span, Stream};
use crate::dice::Dice;

/// Between making the threads and the first question.
const LEAD: Duration = Duration::from_millis(200);
/// How long answers are waited for that are still to come at the end: longer than a line waits.
const AFTERWARDS: Duration = Duration::from_secs(20);
const SECOND: Duration = Duration::from_secs(1);
const GLANCE: Duration = Duration::from_millis(10);

pub struct Run {
    pub targets: Targets,
    pub streams: Vec<Stream>,
    pub span: Span,
    pub seed: u64,
    /// Of the generator.
    pub threads: usize,
}

/// When what counts began and ended: the seconds in between are the phase.
#[derive(Clone, Copy, Debug)]
pub struct Hours {
    begin: Instant,
    pub counted_from: Instant,
    pub end: Instant,
}

type Sheets = Vec<Vec<Arc<Mutex<Sheet>>>>;

/// Asks, and hands what was written down to `every_second`, one sheet a stream; a last time when all answers are there.
pub fn drive(run: &Run, mut every_second: impl FnMut(Hours, &mut [Sheet]) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let threads = run.threads.max(1);
    let mut sheets = Sheets::new();
    for _ in 0..threads {
        let of_thread: anyhow::Result<Vec<Sheet>> = run.streams.iter().map(|_| Sheet::new()).collect();
        sheets.push(of_thread?.into_iter().map(|sheet| Arc::new(Mutex::new(sheet))).collect());
    }
    let begin = Instant::now() + LEAD;
    let counted_from = begin + run.span.warm_up;
    let hours = Hours { begin, counted_from, end: counted_from + run.span.measured };
    thread::scope(|scope| {
        let asking: Vec<_> = sheets
            .iter()
            .enumerate()
            .map(|(index, sheets)| scope.spawn(move || ask(run, Share { index, of: threads }, hours, sheets)))
            .collect();
        // The first time when what counts begins, so that whoever takes differences has something to take them from.
        let mut next = counted_from;
        while asking.iter().any(|thread| !thread.is_finished()) {
            thread::sleep(next.saturating_duration_since(Instant::now()).min(GLANCE));
            if Instant::now() >= next {
                next += SECOND;
                every_second(hours, &mut gather(&sheets, run.streams.len())?)?;
            }
        }
        for thread in asking {
            thread.join().map_err(|_| anyhow::anyhow!("a thread of the generator panicked"))??;
        }
        every_second(hours, &mut gather(&sheets, run.streams.len())?)
    })
}

/// All threads' sheets of each stream in one, and theirs begun anew.
fn gather(sheets: &Sheets, streams: usize) -> anyhow::Result<Vec<Sheet>> {
    let mut together = (0..streams).map(|_| Sheet::new()).collect::<anyhow::Result<Vec<_>>>()?;
    for of_thread in sheets {
        for (sheet, whole) in of_thread.iter().zip(&mut together) {
            sheet.lock().unwrap_or_else(PoisonError::into_inner).pour_into(whole)?;
        }
    }
    Ok(together)
}

/// One thread of the generator, to the end of the phase.
fn ask(run: &Run, share: Share, hours: Hours, sheets: &[Arc<Mutex<Sheet>>]) -> anyhow::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build().context("a runtime for the generator")?;
    let (tell, due) = unbounded_channel();
    let (mut lanes, mut clocks, mut bounded): (Vec<Rc<Lane>>, Vec<_>, Vec<Option<Bounded>>) = Default::default();
    let mut callers = Vec::new();
    for (number, (stream, sheet)) in run.streams.iter().zip(sheets).enumerate() {
        let seed = |what: u64| {
            let of_share = u64::try_from(number * 1_000 + share.index).unwrap_or_default();
            Dice::new(run.seed ^ (of_share << 8) ^ what)
        };
        let traffic = (stream.make)(share);
        let lane = Lane::new(traffic, seed(0), Arc::clone(sheet), run.targets.clone(), hours.counted_from);
        let lane = Rc::new(lane);
        match stream.pace {
            Pace::Open { per_second, in_flight } => {
                let rate = per_second / crate::numbers::count(share.of);
                clocks.push((number, Arrivals::new(hours.begin, rate, seed(1))));
                bounded.push(Some((Rc::clone(&lane), share.part(in_flight))));
            }
            Pace::Closed { clients } => {
                callers.push((Rc::clone(&lane), share.part(clients)));
                bounded.push(None);
            }
        }
        lanes.push(lane);
    }
    let clock = thread::spawn(move || keep_time(clocks, hours.end, &tell));
    LocalSet::new().block_on(&runtime, async {
        for (lane, clients) in callers {
            send_off(&lane, clients, hours.begin, hours.end);
        }
        hand_out(&bounded, due).await;
        let last = hours.end + AFTERWARDS;
        while lanes.iter().any(|lane| lane.in_flight.get() > 0) && Instant::now() < last {
            sleep(GLANCE).await;
        }
    });
    clock.join().map_err(|_| anyhow::anyhow!("the schedule's thread panicked"))
}
