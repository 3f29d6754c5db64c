//! How many guesses a password stands: `zxcvbn`, kept to what it computes in milliseconds.
//!
//! Its cost grows with the square of the length and, far worse, with the number of ways in which signs can stand for
//! letters (`4@8({[<6931!|17$5+%20` are read in thousands of ways: a hundred such characters took 3 s). So it sees a
//! bounded prefix, which is no easier to guess than the whole, and of a password with many such signs two plain readings
//! instead of all: the weaker one counts. Measured: at most some 20 ms, for a usual password less than one.

use std::collections::BTreeSet;

use zxcvbn::zxcvbn;

use super::words::Words;

/// Characters that are looked at: whoever gets a low score for so many has more of the same. Not less than the largest
/// minimum length that can be asked for.
const CHARS_MAX: usize = 64;
/// Signs that are not digits and may stand for letters. Up to two, all readings are tried, ten digits included.
const SIGNS: &str = "@({[<!|$+%";
const SIGNS_MAX: usize = 2;
/// What each key of a US keyboard gives with Shift and without.
const SHIFTED: &str = "~!@#$%^&*()_+{}|:\"<>?";
const UNSHIFTED: &str = "`1234567890-=[]\\;',./";
/// Which letter a sign most often stands for.
const DISGUISED: &str = "4@8({[<3691!|70$5+%2";
const PLAIN: &str = "aabcccceggiiltosstxz";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strength {
    /// 0: guessed at once (fewer than 10³ guesses), 1: 10⁶, 2: 10⁸, 3: 10¹⁰, 4: more.
    pub score: u8,
    /// What makes it so and what would help, for people; empty for a good one. Holds nothing of the password.
    pub advice: String,
}

/// `password` in NFC. Takes milliseconds: not on a thread that answers others.
pub fn estimate(password: &str, words: &Words) -> Strength {
    let seen: String = password.chars().take(CHARS_MAX).collect();
    let words: Vec<&str> = words.iter().collect();
    let signs: BTreeSet<char> = seen.chars().filter(|sign| SIGNS.contains(*sign)).collect();
    if signs.len() <= SIGNS_MAX {
        return of(&seen, &words);
    }
    // Without Shift, rows of keys stay what they are; without disguise, words come to light.
    let readings = [(SHIFTED, UNSHIFTED), (DISGUISED, PLAIN)].map(|(from, to)| replaced(&seen, from, to));
    let [keys, letters] = readings.map(|reading| of(&reading, &words));
    if letters.score < keys.score { letters } else { keys }
}

fn of(text: &str, words: &[&str]) -> Strength {
    let entropy = zxcvbn(text, words);
    let mut advice = Vec::new();
    if let Some(feedback) = entropy.feedback() {
        advice.extend(feedback.warning().map(|warning| warning.to_string()));
        advice.extend(feedback.suggestions().iter().map(ToString::to_string));
    }
    Strength { score: u8::from(entropy.score()), advice: advice.join(" ") }
}

/// Each character of `from` by the one at its place in `to`.
fn replaced(text: &str, from: &str, to: &str) -> String {
    let other = |character: char| {
        let place = from.chars().position(|candidate| candidate == character);
        place.and_then(|place| to.chars().nth(place)).unwrap_or(character)
    };
    text.chars().map(other).collect()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::*;

    fn score(text: &str) -> u8 {
        let words = Words::of(Some("ada.lovelace@example.org"), Some("countess"), None);
        estimate(text, &words).score
    }

    #[test]
    fn good_ones_and_bad_ones_are_told_apart() {
        for bad in [
            "",
            "Password1234",
            "qwertyuiop12",
            "!@#$%^&*()_+",
            "P@$$w0rd!",
            "P@$$w0rd!P@$$w0rd!",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "abcabcabcabcabc",
            "lovelace1815",
            "C0unt3$$!{}",
            "ecalevol1815",
            "21/07/1969",
        ] {
            assert!(score(bad) < 3, "{bad}: {}", score(bad));
        }
        for good in [
            "correct horse battery staple",
            "wintry-kettle-orbit-7",
            "7Rq!x{Vz@1$Lm(9w",
            "дверь в летнее утро",
            "4@8({[<6931!|17$5+%20",
        ] {
            assert!(score(good) >= 3, "{good}: {}", score(good));
        }
    }

    #[test]
    fn advice_comes_with_what_is_weak_only() {
        let words = Words::default();
        let weak = estimate("password1234", &words);
        assert!(weak.score < 3 && weak.advice.contains("common"), "{weak:?}");
        assert_eq!(estimate("wintry-kettle-orbit-7", &words).advice, "");
    }

    #[test]
    fn tables_of_signs_have_one_answer_each() {
        assert_eq!(SHIFTED.chars().count(), UNSHIFTED.chars().count());
        assert_eq!(DISGUISED.chars().count(), PLAIN.chars().count());
        assert_eq!(replaced("P@$$w0rd!", DISGUISED, PLAIN), "Passwordi");
        assert_eq!(replaced("!@#$%^&*()_+", SHIFTED, UNSHIFTED), "1234567890-=");
    }

    /// Ten times what was measured, on a machine that is doing ten other things.
    #[test]
    fn no_password_holds_a_thread_for_long() {
        let many_ways = "4@8({[<6931!|17$5+%20".repeat(50);
        let digits = "48369170521!|".repeat(80);
        let plain = "aeiounrstl qwerty password 1985".repeat(33);
        score("the first one makes the tables");
        for text in [many_ways, digits, plain, "1".repeat(1_024), "é\0".repeat(340)] {
            let began = Instant::now();
            score(&text);
            assert!(began.elapsed() < Duration::from_millis(400), "{:?}: {text}", began.elapsed());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_text_has_a_strength(text in any::<String>(), name in any::<String>()) {
            prop_assert!(estimate(&text, &Words::of(None, Some(&name), None)).score <= 4);
        }

        #[test]
        fn so_has_what_looks_like_a_date_or_a_word_in_disguise(text in "([0-9]{1,4}[-/. ]?|p[4a@][$5s]{2}|[!|1]{1,3}){0,20}") {
            prop_assert!(score(&text) <= 4);
        }
    }
}
