//! What two series of times say about each other.

use std::time::Duration;

/// By how much the medians may differ.
const MEDIANS_APART: Duration = Duration::from_millis(2);
const MEDIANS_APART_SHARE: f64 = 0.03;
/// 0.5: nobody can tell one series from the other by a single time; 1: everybody can.
const SEPARABLE: f64 = 0.55;
/// What a control must reach.
pub const CAUGHT: f64 = 0.95;

#[derive(Debug)]
pub struct Figures {
    /// max(AUC, 1 − AUC): with one time of each, how often the guess which is which is right.
    pub auc: f64,
    pub medians: [Duration; 2],
}

impl Figures {
    /// Of two series of the same length.
    pub fn of(left: &[Duration], right: &[Duration]) -> Self {
        let auc = auc(left, right);
        Self { auc: auc.max(1.0 - auc), medians: [median(left), median(right)] }
    }

    pub fn tell_nothing(&self) -> bool {
        let [left, right] = self.medians;
        let apart = MEDIANS_APART.max(left.max(right).mul_f64(MEDIANS_APART_SHARE));
        self.auc <= SEPARABLE && left.abs_diff(right) <= apart
    }
}

/// The probability that a time of the left is longer than one of the right; ties count half (Mann and Whitney's U).
fn auc(left: &[Duration], right: &[Duration]) -> f64 {
    let mut sorted = right.to_vec();
    sorted.sort_unstable();
    let twice_wins: usize = left
        .iter()
        .map(|time| sorted.partition_point(|other| other < time) + sorted.partition_point(|other| other <= time))
        .sum();
    #[expect(clippy::cast_precision_loss, reason = "some million pairs, far below 2^52")]
    let (wins, pairs) = (twice_wins as f64 / 2.0, (left.len() * right.len()) as f64);
    wins / pairs
}

fn median(times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    sorted[sorted.len() / 2]
}

#[test]
fn series_that_are_alike_and_series_that_are_not() {
    let times = |micros: &[u64]| micros.iter().copied().map(Duration::from_micros).collect::<Vec<_>>();
    let alike = Figures::of(&times(&[1, 2, 3, 4]), &times(&[1, 2, 3, 4]));
    assert!((alike.auc - 0.5).abs() < 1e-9 && alike.tell_nothing(), "{alike:?}");
    for (left, right) in [([1, 2, 3, 4], [5, 6, 7, 8]), ([5, 6, 7, 8], [1, 2, 3, 4])] {
        let apart = Figures::of(&times(&left), &times(&right));
        assert!((apart.auc - 1.0).abs() < 1e-9 && !apart.tell_nothing(), "{apart:?}");
    }
    let half = Figures::of(&times(&[2, 2]), &times(&[1, 2]));
    assert!((half.auc - 0.75).abs() < 1e-9, "{half:?}");
    let apart = |micros| Figures { auc: 0.5, medians: [Duration::from_millis(100), Duration::from_micros(micros)] };
    assert!(apart(103_000).tell_nothing() && !apart(104_000).tell_nothing());
}
