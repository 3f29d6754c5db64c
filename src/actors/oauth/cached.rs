//! Something of a provider's that is kept for a while: its metadata, its keys.
//!
//! One reading at a time; one that fails leaves what is there. What is kept is not thrown away for its age alone: an
//! outage at the provider ends no sign-in that does not need it, and those that do need it fail by themselves.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use tokio::sync::Mutex;

use super::error::OauthError;

/// How often a provider is asked for the same thing.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// What is older is read anew.
    pub keep: Duration,
    /// Between two tries to read what is there already.
    pub at_most_every: Duration,
    /// What such a try may take of the time of whoever makes it.
    pub replace_within: Duration,
}

impl Default for Pace {
    /// Providers publish a new key hours before they use it; those that do not are found out by its unknown id.
    fn default() -> Self {
        Self {
            keep: Duration::from_hours(1),
            at_most_every: Duration::from_mins(1),
            replace_within: Duration::from_secs(2),
        }
    }
}

pub(super) struct Cached<T> {
    pace: Pace,
    kept: ArcSwapOption<Kept<T>>,
    /// Held while it is read. When it was last tried to replace what is there.
    replacing: Mutex<Option<Instant>>,
}

struct Kept<T> {
    value: Arc<T>,
    read_at: Instant,
}

impl<T> Cached<T> {
    pub fn new(pace: Pace) -> Self {
        Self { pace, kept: ArcSwapOption::empty(), replacing: Mutex::new(None) }
    }

    /// What is kept, or what `read` gives when there is nothing or something old.
    ///
    /// # Errors
    /// Those of `read`, when there is nothing else.
    pub async fn get<F>(&self, read: impl FnOnce() -> F) -> Result<Arc<T>, OauthError>
    where
        F: Future<Output = Result<T, OauthError>>,
    {
        if let Some(kept) = self.kept.load_full() {
            return Ok(self.fresh(&kept, read).await);
        }
        let guard = self.replacing.lock().await;
        if let Some(kept) = self.kept.load_full() {
            return Ok(Arc::clone(&kept.value));
        }
        let value = self.keep(read().await?);
        drop(guard);
        Ok(value)
    }

    /// `kept`, replaced where it is old and can be. Whoever finds somebody else reading does not wait.
    async fn fresh<F>(&self, kept: &Kept<T>, read: impl FnOnce() -> F) -> Arc<T>
    where
        F: Future<Output = Result<T, OauthError>>,
    {
        if kept.read_at.elapsed() >= self.pace.keep
            && let Ok(mut tried) = self.replacing.try_lock()
            && let Some(value) = self.replace(&mut tried, read).await
        {
            return value;
        }
        Arc::clone(&kept.value)
    }

    /// Something newer than `seen`, which lacks what was looked for. `None` when there is nothing newer, or it was
    /// looked for a moment ago.
    pub async fn newer_than<F>(&self, seen: &Arc<T>, read: impl FnOnce() -> F) -> Option<Arc<T>>
    where
        F: Future<Output = Result<T, OauthError>>,
    {
        let mut tried = self.replacing.lock().await;
        match self.kept.load_full() {
            Some(kept) if !Arc::ptr_eq(&kept.value, seen) => Some(Arc::clone(&kept.value)),
            Some(_) | None => self.replace(&mut tried, read).await,
        }
    }

    async fn replace<F>(&self, tried: &mut Option<Instant>, read: impl FnOnce() -> F) -> Option<Arc<T>>
    where
        F: Future<Output = Result<T, OauthError>>,
    {
        if tried.is_some_and(|at| at.elapsed() < self.pace.at_most_every) {
            return None;
        }
        // Before it is read: a reading that is cut off by its deadline counts as one.
        *tried = Some(Instant::now());
        match tokio::time::timeout(self.pace.replace_within, read()).await.unwrap_or(Err(OauthError::TooLate)) {
            Ok(value) => Some(self.keep(value)),
            Err(cause) => {
                tracing::warn!(%cause, "a provider's metadata or keys could not be read anew; the old ones stay");
                None
            }
        }
    }

    fn keep(&self, value: T) -> Arc<T> {
        let value = Arc::new(value);
        self.kept.store(Some(Arc::new(Kept { value: Arc::clone(&value), read_at: Instant::now() })));
        value
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    const AGES: Duration = Duration::from_hours(1);

    /// Gives 1, 2, 3 …, or fails.
    struct Source(AtomicU32);

    impl Source {
        async fn read(&self) -> Result<u32, OauthError> {
            tokio::task::yield_now().await;
            Ok(self.0.fetch_add(1, Ordering::Relaxed) + 1)
        }
    }

    async fn failing() -> Result<u32, OauthError> {
        Err(OauthError::Unreachable)
    }

    fn cached(keep: Duration, at_most_every: Duration) -> (Cached<u32>, Source) {
        let replace_within = Duration::from_millis(50);
        (Cached::new(Pace { keep, at_most_every, replace_within }), Source(AtomicU32::new(0)))
    }

    #[tokio::test]
    async fn many_who_ask_at_once_are_answered_by_one_reading() {
        let (cached, source) = cached(AGES, AGES);
        let asked = (0..20).map(|_| cached.get(|| source.read()));
        let answers = futures_util::future::join_all(asked).await;
        assert!(answers.iter().all(|answer| answer.as_deref() == Ok(&1)), "{answers:?}");
    }

    #[tokio::test]
    async fn nothing_is_kept_of_a_failure_and_the_next_one_tries_again() {
        let (cached, source) = cached(AGES, AGES);
        assert_eq!(cached.get(failing).await, Err(OauthError::Unreachable));
        assert_eq!(*cached.get(|| source.read()).await.unwrap(), 1);
        assert_eq!(*cached.get(failing).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn what_is_old_is_replaced_where_it_can_be_and_not_too_often() {
        let (cached, source) = cached(Duration::ZERO, AGES);
        assert_eq!(*cached.get(|| source.read()).await.unwrap(), 1);
        assert_eq!(*cached.get(|| source.read()).await.unwrap(), 2);
        assert_eq!(*cached.get(|| source.read()).await.unwrap(), 2, "only once in an hour");
        let (cached, source) = self::cached(Duration::ZERO, Duration::ZERO);
        assert_eq!(*cached.get(|| source.read()).await.unwrap(), 1);
        assert_eq!(*cached.get(failing).await.unwrap(), 1, "a failure leaves what is there");
        let hanging = cached.get(std::future::pending).await.unwrap();
        assert_eq!(*hanging, 1, "so does one that does not come to an end");
        assert_eq!(*cached.get(|| source.read()).await.unwrap(), 2);
    }

    #[tokio::test]
    async fn what_lacks_something_is_read_anew_once_for_all_who_miss_it() {
        let (cached, source) = cached(AGES, AGES);
        let first = cached.get(|| source.read()).await.unwrap();
        let asked = (0..20).map(|_| cached.newer_than(&first, || source.read()));
        let answers = futures_util::future::join_all(asked).await;
        assert!(answers.iter().all(|answer| answer.as_deref() == Some(&2)), "{answers:?}");
        let second = answers[0].clone().unwrap();
        assert_eq!(cached.newer_than(&second, || source.read()).await, None, "only once in an hour");
    }
}
