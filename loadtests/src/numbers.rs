//! Numbers on their way to a ratio, and out to people.

use std::time::Duration;

/// Counts and microseconds stay far below 2^53.
#[expect(clippy::cast_precision_loss, reason = "what is counted here has no 53 bits")]
pub fn float(number: u64) -> f64 {
    number as f64
}

pub fn count(number: usize) -> f64 {
    float(u64::try_from(number).unwrap_or(u64::MAX))
}

pub fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

pub fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// `a ÷ b`, and nothing where `b` is nothing: a ratio to zero is no result.
pub fn ratio(a: f64, b: f64) -> Option<f64> {
    (b > 0.0 && a.is_finite()).then(|| a / b)
}

/// With so many digits as tell something.
pub fn short(value: f64) -> String {
    let size = value.abs();
    if size >= 1_000_000.0 {
        format!("{:.1} M", value / 1e6)
    } else if size >= 10_000.0 {
        format!("{:.1} k", value / 1e3)
    } else if size >= 100.0 || size == 0.0 {
        format!("{value:.0}")
    } else if size >= 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}

/// Of the machine: the servers' workers and the hasher's threads are as many.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let told = [0.0, 0.123, 12.34, 123.4, 12_345.0, 1_234_567.0].map(short);
        assert_eq!(told, ["0", "0.12", "12.3", "123", "12.3 k", "1.2 M"]);
        assert_eq!((median(&[3.0, 1.0, 2.0]), ratio(1.0, 0.0)), (2.0, None));
    }
}
