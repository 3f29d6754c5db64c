//! The writer, broken on purpose: it answers before COMMIT. The kill test must catch it. Exists in test builds only.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::batch::Batches;
use super::unit::Unit;

static ANSWER_BEFORE_COMMIT: AtomicBool = AtomicBool::new(false);
/// Long enough for an acknowledged client to be killed in between now and then.
const GAP: Duration = Duration::from_millis(20);

/// For this process, from now on.
pub fn answer_before_commit() {
    ANSWER_BEFORE_COMMIT.store(true, Ordering::Release);
}

pub(super) fn answers_before_commit() -> bool {
    ANSWER_BEFORE_COMMIT.load(Ordering::Acquire)
}

impl Batches {
    pub(super) async fn settle_wrongly(&mut self, mut batch: Vec<Unit>) {
        if self.begin().await.is_ok()
            && let Ok(verdicts) = self.run_all(&mut batch).await
        {
            batch.into_iter().zip(verdicts).for_each(|(unit, verdict)| unit.answer(verdict));
            tokio::time::sleep(GAP).await;
            let _lost = self.commit().await;
        }
    }
}
