//! A bounded memory of what was used of late, for many threads at once.

use std::hash::Hash;
use std::sync::Arc;

use arc_swap::ArcSwap;
use dashmap::DashMap;

/// Two generations: what is used stands in the young one; when that is full it becomes the old one and a new one begins.
/// So what was not used for a whole generation is gone, and nothing has to be looked through to make room.
pub(super) struct RecentlyUsed<K, V> {
    generations: ArcSwap<Generations<K, V>>,
    generation_size: usize,
}

struct Generations<K, V> {
    young: Arc<DashMap<K, V>>,
    old: Arc<DashMap<K, V>>,
}

impl<K: Eq + Hash + Copy, V: Clone> RecentlyUsed<K, V> {
    /// Holds between `size` / 2 and `size` of the latest.
    pub(super) fn of(size: usize) -> Self {
        let generations = Generations { young: Arc::default(), old: Arc::default() };
        Self { generations: ArcSwap::from_pointee(generations), generation_size: (size / 2).max(1) }
    }

    pub(super) fn get(&self, key: &K) -> Option<V> {
        let generations = self.generations.load();
        if let Some(found) = generations.young.get(key) {
            return Some(found.clone());
        }
        let found = generations.old.get(key).map(|found| found.clone())?;
        self.put(*key, found.clone());
        Some(found)
    }

    pub(super) fn put(&self, key: K, value: V) {
        let generations = self.generations.load();
        generations.young.insert(key, value);
        if generations.young.len() >= self.generation_size {
            let next = Arc::new(Generations { young: Arc::default(), old: Arc::clone(&generations.young) });
            // Whoever comes second finds that another has turned the page.
            self.generations.compare_and_swap(&generations, next);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_stays_and_the_rest_goes() {
        let cache = RecentlyUsed::of(8);
        cache.put(0, "kept");
        for number in 1..1_000 {
            cache.put(number, "other");
            assert_eq!(cache.get(&0), Some("kept"));
            let generations = cache.generations.load();
            assert!(generations.young.len() + generations.old.len() <= 8);
        }
        assert_eq!(cache.get(&1), None);
    }
}
