//! What a new password has to satisfy, the same on every path that sets one.

use secrecy::ExposeSecret;

use super::strength::Strength;
use super::weakness::Weakness;
use super::words::Words;
use super::{NewPassword, blocklist};
use crate::domain::text;

/// Length, words and the list are asked of every password; the rest can be turned off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordPolicy {
    /// Unicode scalar values, counted after NFC.
    pub min_length_chars: usize,
    /// What [`Strength::score`] must be at least; 0: anything.
    pub min_strength: u8,
    /// Of lower case, upper case, digits and everything else, how many must occur; 0: none.
    pub required_classes: u8,
    /// How many passwords must differ before one may come again, the present one counted; 0: only the present one.
    pub history: u16,
}

impl PasswordPolicy {
    /// What is wrong with this password as it is written; what it costs to guess and what was before it are told by
    /// others.
    pub fn weaknesses(&self, password: &NewPassword, words: &Words) -> Vec<Weakness> {
        let written = password.secret().expose_secret();
        let &Self { min_length_chars, required_classes, .. } = self;
        let mut found = Vec::new();
        if written.chars().count() < min_length_chars {
            found.push(Weakness::TooShort { min_length_chars });
        }
        if words.chars_beside(written).is_some_and(|beside| beside < min_length_chars) {
            found.push(Weakness::AccountWords { min_length_chars });
        }
        if classes(written) < required_classes {
            found.push(Weakness::TooFewClasses { required_classes });
        }
        if blocklist::is_common(&text::case_folded(written)) {
            found.push(Weakness::Common);
        }
        found
    }

    /// Whether it is guessed with too little work.
    pub fn judge_strength(&self, strength: &Strength) -> Option<Weakness> {
        (strength.score < self.min_strength).then(|| Weakness::Guessable { advice: strength.advice.clone() })
    }

    /// How many passwords before the present one still count.
    pub fn former(&self) -> u16 {
        self.history.saturating_sub(1)
    }
}

/// How many of the four classes occur. Letters without case are of the fourth.
fn classes(written: &str) -> u8 {
    let class = |character: char| {
        if character.is_lowercase() {
            0b0001
        } else if character.is_uppercase() {
            0b0010
        } else if character.is_numeric() {
            0b0100
        } else {
            0b1000_u8
        }
    };
    let seen = written.chars().map(class).fold(0, |seen, class| seen | class);
    u8::try_from(seen.count_ones()).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LAX: PasswordPolicy =
        PasswordPolicy { min_length_chars: 8, min_strength: 0, required_classes: 0, history: 0 };

    fn codes(policy: &PasswordPolicy, text: &str) -> Vec<&'static str> {
        let words = Words::of(Some("ada.lovelace@example.org"), None, None);
        let password = NewPassword::parse(text.into()).unwrap();
        policy.weaknesses(&password, &words).iter().map(Weakness::code).collect()
    }

    #[test]
    fn the_minimum_counts_characters_after_normalisation() {
        let policy = PasswordPolicy { min_length_chars: 4, ..LAX };
        assert!(codes(&policy, "日本語字").is_empty());
        assert_eq!(codes(&policy, "e\u{301}e\u{301}e\u{301}"), ["too_short"]);
        let weak = Weakness::TooShort { min_length_chars: 4 };
        assert_eq!(weak.to_string(), "it has fewer than 4 characters");
        assert!(codes(&PasswordPolicy { min_length_chars: 0, ..LAX }, "").is_empty());
    }

    #[test]
    fn each_reason_is_told() {
        assert_eq!(codes(&LAX, "FootBall"), ["too_common"]);
        assert_eq!(codes(&LAX, "Lovelace1815"), ["account_words"]);
        assert_eq!(codes(&LAX, "KeySteadKeyStead"), ["account_words"]);
        assert_eq!(codes(&LAX, "lovelace"), ["account_words"], "of eight characters none is left");
        assert!(codes(&LAX, "lovelace in London").is_empty());
        let strict = PasswordPolicy { required_classes: 4, ..LAX };
        assert_eq!(codes(&strict, "password"), ["too_few_classes", "too_common"]);
    }

    #[test]
    fn classes_are_counted_in_any_script() {
        for (text, expected) in
            [("", 0), ("abc", 1), ("abC", 2), ("aB3", 3), ("aB3 ", 4), ("日本", 1), ("жЖ٣ß", 3), ("ǅ", 1)]
        {
            assert_eq!(classes(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn case_and_composition_do_not_hide_what_is_common(upper in prop::collection::vec(any::<bool>(), 8)) {
            let cased = |(letter, up): (char, bool)| if up { letter.to_ascii_uppercase() } else { letter };
            let text: String = "iloveyou".chars().zip(upper).map(cased).collect();
            prop_assert_eq!(codes(&LAX, &text), ["too_common"]);
        }

        #[test]
        fn more_is_never_asked_of_a_longer_password(text in "[ -~]{0,40}", more in "[ -~]{1,20}") {
            let short = |text: &str| codes(&LAX, text).contains(&"too_short");
            let longer = format!("{text}{more}");
            prop_assert!(!short(&longer) || short(&text));
        }
    }
}
