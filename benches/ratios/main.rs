//! `cargo bench`: what this service costs, as ratios to baselines of the same run.
//!
//! Absolute values drift with the machine, so each goal is the median over several rounds of a ratio whose two sides took
//! turns. `cargo bench -- login` runs the parts whose names are given. A goal that is missed is told and fails nothing.
//! `docs/performance.md` says what is measured and has the figures.

mod child;
mod hashing;
mod introspection;
mod load;
mod login;
mod node;
mod ratio;
mod rotation;
mod tokens;

const PARTS: [(&str, fn()); 4] = [
    ("hashing", hashing::run),
    ("login", login::run),
    ("rotation", rotation::run),
    ("introspection", introspection::run),
];

fn main() {
    // Cargo adds options of its own, such as `--bench`.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    if let [child::WORD, part, argument] = words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        return child::serve(part, argument);
    }
    if let Some(stranger) = words.iter().find(|word| PARTS.iter().all(|(name, _)| name != word)) {
        let names = PARTS.map(|(name, _)| name).join(", ");
        println!("there is no part {stranger:?}; there are {names}");
        return;
    }
    for (name, run) in PARTS {
        if words.is_empty() || words.iter().any(|word| word == name) {
            run();
        }
    }
}
