//! Ratios of the rounds of one run, told with their goal.

/// Prints the median with the extremes, and whether it reaches the goal.
pub fn tell(what: &str, ratios: &[f64], goal: f64) {
    let verdict = if median(ratios) >= goal { "PASS" } else { "FAIL" };
    println!("  {what}: {}, goal {goal:.2}: {verdict}", spread(ratios, 2));
}

/// `median (least–most)`.
pub fn spread(values: &[f64], digits: usize) -> String {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    format!("{:.digits$} ({least:.digits$}–{most:.digits$})", median(values))
}

pub fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Of the machine, and so of the servers' workers and of the hasher's threads.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
