//! Whatever stands in the variables, reading them ends with settings or mistakes, and a secret is never in either.

use proptest::prelude::*;
use proptest::sample::select;

use super::super::{Config, Source, administrator, all_settings};
use super::KEY;

/// Garbage, and things that look almost right.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        any::<u64>().prop_map(|number| number.to_string()),
        "(mysql|postgres|sqlite|https?|unix)(:|://)[a-z:@/?#%0-9\\[\\].-]{0,20}",
        "[0-9a-f:./]{0,20}(,[0-9a-f:./]{0,20})?",
        select(vec!["sqlite", "mysql", "production", "verify", "json", "invite", "closed", "argon2"])
            .prop_map(str::to_owned),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn arbitrary_values_never_panic(
        values in proptest::collection::vec((0..all_settings().len(), value()), 0..12),
    ) {
        let settings = all_settings();
        let mut pairs: Vec<(String, String)> =
            values.into_iter().map(|(place, value)| (settings[place].name.to_owned(), value)).collect();
        // Last, so that it holds: without a key a development key would be made wherever DB_PATH points.
        pairs.push((KEY.0.to_owned(), KEY.1.to_owned()));
        let source = Source::from_parts(pairs, [], []);
        if let Err(mistakes) = Config::read(&source) {
            prop_assert!(!mistakes.0.is_empty());
            prop_assert_eq!(mistakes.to_string().lines().count(), mistakes.0.len(), "a value broke out of its line");
        }
        let _ = administrator::read(&source);
    }

    #[test]
    fn secrets_never_show(place in 0..5_usize, filler in "[ -~]{0,40}", production in any::<bool>()) {
        let canary = "canary7f3a";
        let secrets: Vec<_> = all_settings().into_iter().filter(|setting| setting.secret).collect();
        let value = format!("{filler}{canary}");
        let kind = if production { "production" } else { "development" };
        let source = Source::from_parts(
            [(secrets[place].name.to_owned(), value), ("KEYSTEAD_ENV".to_owned(), kind.to_owned())],
            [(KEY.0.to_owned(), KEY.1.to_owned())],
            [],
        );
        let outcome = Config::read(&source);
        let debugged = format!("{:?} {:?}", outcome, administrator::read(&source));
        prop_assert!(!debugged.contains(canary));
        if let Err(mistakes) = outcome {
            prop_assert!(!mistakes.to_string().contains(canary));
        }
    }
}
