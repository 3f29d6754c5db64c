//! The part of the memory budget that no thread keeps: lent for one hash that takes more than a thread has.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// Shared by all threads.
pub struct Spare {
    total_kib: u32,
    free_kib: Mutex<u32>,
    given_back: Condvar,
}

impl Spare {
    pub fn new(total_kib: u32) -> Self {
        Self { total_kib, free_kib: Mutex::new(total_kib), given_back: Condvar::new() }
    }

    /// Waits until so much is free; what is lent out comes back after one hash. At most everything is lent: whoever asks
    /// for more was to be refused at the door.
    pub fn borrow(self: &Arc<Self>, kib: u32) -> Loan {
        let kib = kib.min(self.total_kib);
        let free = self.free_kib.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free = self.given_back.wait_while(free, |free| *free < kib).unwrap_or_else(PoisonError::into_inner);
        *free -= kib;
        Loan { spare: Arc::clone(self), kib }
    }
}

/// Goes back when it is dropped, by a panic as well.
pub struct Loan {
    spare: Arc<Spare>,
    kib: u32,
}

impl Drop for Loan {
    fn drop(&mut self) {
        *self.spare.free_kib.lock().unwrap_or_else(PoisonError::into_inner) += self.kib;
        // One that waits may need less than another.
        self.spare.given_back.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::thread;

    use super::*;

    #[test]
    fn never_more_is_lent_than_there_is_and_everybody_gets_a_turn() {
        let (spare, lent, most) = (Arc::new(Spare::new(100)), AtomicU32::new(0), AtomicU32::new(0));
        thread::scope(|scope| {
            for kib in [100, 60, 40, 30, 1, 0, 1_000] {
                let (spare, lent, most) = (&spare, &lent, &most);
                scope.spawn(move || {
                    for _ in 0..200 {
                        let loan = spare.borrow(kib);
                        let now = lent.fetch_add(loan.kib, Ordering::SeqCst) + loan.kib;
                        most.fetch_max(now, Ordering::SeqCst);
                        thread::yield_now();
                        lent.fetch_sub(loan.kib, Ordering::SeqCst);
                    }
                });
            }
        });
        assert_eq!((most.into_inner(), *spare.free_kib.lock().unwrap()), (100, 100));
    }

    #[test]
    fn a_panic_gives_back_what_it_had() {
        let spare = Arc::new(Spare::new(10));
        let borrower = Arc::clone(&spare);
        let panicked = thread::spawn(move || {
            let _loan = borrower.borrow(10);
            panic!("a hash that panics");
        });
        assert!(panicked.join().is_err());
        drop(spare.borrow(10));
    }
}
