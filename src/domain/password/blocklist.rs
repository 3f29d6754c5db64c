//! The list of passwords that are tried first. `blocklist.md` says where it comes from.

use std::cmp::Ordering;

/// Sorted by bytes, one a line, each line ended; found by bisection in the text itself, so nothing is built at the start.
const LIST: &str = include_str!("blocklist.txt");

/// `folded`: in lower case.
pub(super) fn is_common(folded: &str) -> bool {
    // A list of passwords has no line that is empty, and a password may hold an end of line.
    if folded.is_empty() || folded.contains('\n') {
        return false;
    }
    let (mut low, mut high) = (0, LIST.len());
    while low < high {
        let line = line_at(low + (high - low) / 2);
        match LIST[line.clone()].cmp(folded) {
            Ordering::Equal => return true,
            Ordering::Less => low = line.end + 1,
            Ordering::Greater => high = line.start,
        }
    }
    false
}

/// The line in which this byte stands; its end belongs to it.
fn line_at(at: usize) -> std::ops::Range<usize> {
    let start = LIST[..at].rfind('\n').map_or(0, |end| end + 1);
    let end = LIST[at..].find('\n').map_or(LIST.len(), |end| at + end);
    start..end
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::domain::text::case_folded;

    #[test]
    fn the_list_is_sorted_folded_and_long_enough() {
        let lines: Vec<_> = LIST.lines().collect();
        assert!(lines.len() > 16_000 && LIST.ends_with('\n'));
        assert!(lines.is_sorted() && lines.windows(2).all(|two| two[0] != two[1]));
        for line in lines {
            assert!(line.len() >= 8 && line.is_ascii() && case_folded(line) == line, "{line}");
        }
    }

    #[test]
    fn every_line_is_found_and_what_is_not_there_is_not() {
        let all: HashSet<_> = LIST.lines().collect();
        for line in LIST.lines() {
            assert!(is_common(line), "{line}");
            for near in [format!("{line}\n"), format!("\u{1}{line}"), line[1..].to_owned(), format!("{line}s")] {
                assert_eq!(is_common(&near), all.contains(near.as_str()), "{near:?}");
            }
        }
        for odd in ["", "\n", "\0", "zzzzzzzzzzzzz", "é", "password\nfootball"] {
            assert!(!is_common(odd), "{odd:?}");
        }
    }
}
