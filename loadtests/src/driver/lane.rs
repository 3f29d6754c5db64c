//! One stream within one of the generator's threads: its traffic, its connections, its sheet.

use std::cell::{Cell, RefCell};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::line::{Line, Targets};
use super::sheet::{Outcome, Sheet};
use super::{Ask, Heard, Traffic};
use crate::dice::Dice;
use crate::numbers::micros;

pub struct Lane {
    traffic: RefCell<Box<dyn Traffic>>,
    dice: RefCell<Dice>,
    sheet: Arc<Mutex<Sheet>>,
    targets: Targets,
    /// Connections that nobody uses now.
    idle: RefCell<Vec<Line>>,
    made: Cell<usize>,
    pub in_flight: Cell<usize>,
    /// What was due before does not count.
    counted_from: Instant,
}

impl Lane {
    pub fn new(
        traffic: Box<dyn Traffic>,
        dice: Dice,
        sheet: Arc<Mutex<Sheet>>,
        targets: Targets,
        counted_from: Instant,
    ) -> Self {
        Self {
            traffic: RefCell::new(traffic),
            dice: RefCell::new(dice),
            sheet,
            targets,
            idle: RefCell::default(),
            made: Cell::new(0),
            in_flight: Cell::new(0),
            counted_from,
        }
    }

    pub fn ask(&self) -> Option<Ask> {
        self.traffic.borrow_mut().ask(&mut self.dice.borrow_mut())
    }

    /// One that is free, the last used first, so that no more are open than are needed.
    pub fn take_line(&self) -> Line {
        let free = self.idle.borrow_mut().pop();
        free.unwrap_or_else(|| {
            self.made.set(self.made.get() + 1);
            Line::new(self.targets.clone(), self.made.get())
        })
    }

    pub fn give_back(&self, line: Line) {
        self.idle.borrow_mut().push(line);
    }

    /// The whole errand, with all its requests.
    pub async fn carry_out(&self, line: &mut Line, ask: Ask, due: Instant) {
        let sent = Instant::now();
        let mut request = ask.request;
        let outcome = loop {
            let answer = line.send(request).await;
            match self.traffic.borrow_mut().hear(ask.who, answer.as_ref()) {
                Heard::Then(next) => request = *next,
                Heard::Over(outcome) => break outcome,
            }
        };
        self.note(due, sent, outcome);
    }

    fn note(&self, due: Instant, sent: Instant, outcome: Outcome) {
        if due >= self.counted_from {
            let took = micros(Instant::now().saturating_duration_since(due));
            let behind = micros(sent.saturating_duration_since(due));
            self.sheet.lock().unwrap_or_else(PoisonError::into_inner).note(outcome, took, behind);
        }
    }

    pub fn note_over(&self, due: Instant) {
        if due >= self.counted_from {
            self.sheet.lock().unwrap_or_else(PoisonError::into_inner).note_over();
        }
    }
}
