//! What the parsers of names have in common: normal forms, folding for comparison, and the characters that a name
//! never holds. Folding is full and does not depend on a language (Unicode, section 3.13), so `ß` and `SS` are one.

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;

/// Normalisation form C: one spelling of what looks the same.
pub(super) fn nfc(text: &str) -> String {
    text.nfc().collect()
}

/// The key under which texts that differ only in case meet (canonical caseless matching, D145). Decomposed first, for
/// the sake of U+0345, whose folding depends on where it stands.
pub(super) fn case_folded(text: &str) -> String {
    text.nfd().default_case_fold().nfc().collect()
}

/// As [`case_folded`], but compatibility forms meet too (D146): a full-width `Ａ`, a ligature `ﬁ`.
pub(super) fn compatibility_folded(text: &str) -> String {
    text.nfd().default_case_fold().nfkd().default_case_fold().nfkc().collect()
}

/// Controls, NUL among them, and the two separators that end a line without being controls.
pub(super) fn is_control(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}')
}

/// Characters that reorder what stands around them, so that a reader sees another text than the program.
pub(super) fn turns_direction(character: char) -> bool {
    matches!(character, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Characters that draw nothing, letters and marks among them (`Default_Ignorable_Code_Point`, Unicode 17): with one
/// of them two names look the same and are not. Variation selectors and the joiners are in the list.
pub(super) fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFF8}'
        | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;
    use unicode_normalization::char::is_combining_mark;

    use super::*;

    /// Characters that folding or a normal form changes, and marks. To all others nothing can happen.
    pub(in super::super) fn characters_that_change() -> impl Iterator<Item = char> {
        let changes = |character: &char| {
            let alone = || std::iter::once(*character);
            is_combining_mark(*character) || alone().nfkd().ne(alone()) || alone().default_case_fold().ne(alone())
        };
        ('\0'..=char::MAX).filter(changes)
    }

    #[test]
    fn folding_twice_is_folding_once_for_every_character_alone_and_among_marks() {
        for character in characters_that_change() {
            for text in [format!("{character}"), format!("{character}\u{345}\u{301}"), format!("α{character}\u{308}")]
            {
                let (once, wide) = (case_folded(&text), compatibility_folded(&text));
                assert_eq!(case_folded(&once), once, "{text:?}");
                assert_eq!(compatibility_folded(&wide), wide, "{text:?}");
            }
        }
    }

    #[test]
    fn what_differs_in_case_or_spelling_meets_in_one_key() {
        for (one, other) in [("STRASSE", "straße"), ("É", "e\u{301}"), ("ΣΊΣΥΦΟΣ", "σίσυφος"), ("\u{212A}", "k")]
        {
            assert_eq!(case_folded(one), case_folded(other));
        }
        assert_eq!(compatibility_folded("Ａｄａ"), "ada");
        assert_ne!(case_folded("Ａ"), case_folded("A"));
    }

    fn letters_among_marks() -> impl Strategy<Value = String> {
        let mut changing: Vec<char> = characters_that_change().collect();
        changing.extend("aAαΑ".chars().cycle().take(changing.len() / 4));
        let near = prop_oneof![prop::sample::select(changing), prop::char::range('\u{300}', '\u{345}')];
        prop::collection::vec(near, 0..12).prop_map(|all| all.into_iter().collect())
    }

    proptest! {
        #[test]
        fn folding_is_idempotent_for_any_text(text in letters_among_marks()) {
            let (once, wide) = (case_folded(&text), compatibility_folded(&text));
            prop_assert_eq!(case_folded(&once), once);
            prop_assert_eq!(compatibility_folded(&wide), wide);
        }
    }
}
