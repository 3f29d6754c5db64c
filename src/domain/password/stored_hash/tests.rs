use proptest::prelude::*;

use super::samples::SAMPLES;
use super::*;

const SALT: &str = "c29tZXNhbHRzb21lc2FsdA";
const TAG: &str = "uAVXsrMM+mZ5G2ryARPVtpZaov+ngefVDKuvausM2kk";
const HEX: &str = "56878608a563a09dea7fab5a6221bdfb028fcb5d2a5ef427d0908a5b3a67ddd5";
const CRYPT: &str = "3H4N15BtUaoWqZIOsQXd1udNALryL.7.GjIsZLTuhZ3bz/2JNPWym";

fn error(text: &str) -> StoredHashError {
    StoredHash::parse(text).expect_err(text)
}

#[test]
fn every_form_is_read_as_its_scheme() {
    for (scheme, text) in SAMPLES {
        assert_eq!(StoredHash::parse(text).expect(text).scheme(), *scheme, "{text}");
    }
    let shown = format!("{:?}", SAMPLES.iter().map(|(_, text)| StoredHash::parse(text).unwrap()).collect::<Vec<_>>());
    assert!(!shown.contains("tag: ["), "nobody's salt and tag in a log: {shown}");
}

#[test]
fn what_frameworks_ask_for_by_default_is_allowed() {
    for (text, memory_kib) in [
        (format!("scrypt:32768:8:1$salt${HEX}"), 32 * 1024 + 2),
        (format!("scrypt$salt${HEX}"), 32 * 1024 + 2),
        (format!("pbkdf2:sha256:1000000$salt${HEX}"), 0),
        (format!("pbkdf2_sha256$1200000$salt${TAG}="), 0),
        (format!("scrypt$16384$salt$8$5${TAG}="), 16 * 1024 + 6),
        (format!("argon2$argon2id$v=19$m=102400,t=2,p=8${SALT}${TAG}"), 102_400),
        (format!("$scrypt$ln=17,r=8,p=1${SALT}${TAG}"), 128 * 1024 + 2),
        (format!("$argon2id$v=19$m=65536,t=3,p=4${SALT}${TAG}"), 65_536),
        (format!("$2b$15${CRYPT}"), 0),
    ] {
        assert_eq!(StoredHash::parse(&text).expect(&text).memory_kib(), memory_kib, "{text}");
    }
}

#[test]
fn hostile_costs_are_refused_as_numbers() {
    let wide = "A".repeat(86);
    for hostile in [
        format!("$argon2id$v=19$m=4194304,t=1,p=1${SALT}${TAG}"),
        format!("$argon2id$v=19$m=64,t=33,p=1${SALT}${TAG}"),
        format!("$argon2id$v=19$m=1024,t=1,p=17${SALT}${TAG}"),
        format!("$argon2id$v=19$m=99999999999,t=2,p=1${SALT}${TAG}"),
        format!("$scrypt$ln=21,r=8,p=1${SALT}${TAG}"),
        format!("$scrypt$ln=31,r=1,p=1${SALT}${TAG}"),
        format!("$scrypt$ln=255,r=1,p=1${SALT}${TAG}"),
        format!("$scrypt$ln=10,r=33,p=1${SALT}${TAG}"),
        format!("$scrypt$ln=10,r=8,p=17${SALT}${TAG}"),
        format!("$scrypt$ln=20,r=8,p=2${SALT}${TAG}"),
        format!("scrypt:2147483648:8:1$salt${HEX}"),
        format!("pbkdf2:sha256:4000001$salt${HEX}"),
        format!("pbkdf2:sha256:4294967296$salt${HEX}"),
        format!("$pbkdf2-sha256$2000001${SALT}${wide}"),
        format!("$2b$16${CRYPT}"),
        format!("$2b$31${CRYPT}"),
        format!("$bcrypt-sha256$v=2,t=2b,r=16${}${}", &CRYPT[..22], &CRYPT[22..]),
    ] {
        assert!(matches!(error(&hostile), StoredHashError::TooExpensive(_)), "{hostile}: {}", error(&hostile));
    }
    assert!(StoredHash::parse(&format!("$pbkdf2-sha256$2000000${SALT}${wide}")).is_ok(), "two blocks each");
}

#[test]
fn schemes_that_nobody_can_verify_are_unknown() {
    for text in [
        "",
        "$",
        "!",
        "plain",
        "secret$word",
        "md5$salt$e1bfd762321e409cee4ac0b6e841963c",
        "$1$salt$qJH7.N4xYta3aEG/dfqo/0",
        "$6$salt$qJH7.N4xYta3aEG/dfqo/0",
        "$2x$04$NyKVDLNI6OHnyW1KtU4kXOZOh9/6J4auQJ6pAaaJsCngnVgN3a7PG",
        "bcrypt$$2x$04$NyKVDLNI6OHnyW1KtU4kXOZOh9/6J4auQJ6pAaaJsCngnVgN3a7PG",
        "pbkdf2:md5:1000$salt$00112233445566778899aabbccddeeff",
        "$argon2id$v=20$m=64,t=2,p=2$c29tZXNhbHRzb21lc2FsdA$uAVXsrMM+mZ5G2ryARPVtpZaov+ngefVDKuvausM2kk",
        "argon2$scrypt$v=19$m=64,t=2,p=2$c29tZXNhbHRzb21lc2FsdA$uAVXsrMM+mZ5G2ryARPVtpZaov+ngefVDKuvausM2kk",
        "$bcrypt-sha256$2a,4$SaC7aIXYeIRs9iQAL5wkCO$qa5XCjSsw6HJFTf4c/1RWhGhjcUZpFi",
    ] {
        assert_eq!(error(text), StoredHashError::UnknownScheme, "{text}");
    }
}

#[test]
fn what_is_not_written_as_its_scheme_is_written_is_malformed() {
    let mut malformed: Vec<String> = [
        "m=64,t=2",
        "t=2,m=64,p=1",
        "m=64,t=2,p=1,m=9",
        "m=64,t=2,p=1,data=c29tZQ",
        "m=064,t=2,p=1",
        "m=-1,t=2,p=1",
        "m=+64,t=2,p=1",
        "m=7,t=1,p=1",
        "m=64,t=0,p=1",
        "m=64,t=1,p=0",
        "m=15,t=1,p=2",
        "",
        "m=,t=,p=",
    ]
    .iter()
    .map(|costs| format!("$argon2id$v=19${costs}${SALT}${TAG}"))
    .collect();
    malformed.extend([
        "$argon2id$v=19".to_owned(),
        format!("$argon2id$v=19$m=64,t=2,p=1${SALT}"),
        format!("$argon2id$v=19$m=64,t=2,p=1${SALT}${TAG}$"),
        format!("$argon2id$v=19$m=64,t=2,p=1$c29tZQ${TAG}"),
        format!("$argon2id$v=19$m=64,t=2,p=1${SALT}$MDEyMzQ1Njc4OQ"),
        format!("$argon2id$v=19$m=64,t=2,p=1${SALT}$!{TAG}"),
        format!("scrypt:1023:8:1$salt${HEX}"),
        format!("scrypt:1:8:1$salt${HEX}"),
        format!("scrypt:1024:8$salt${HEX}"),
        format!("scrypt:1024:0:1$salt${HEX}"),
        format!("scrypt:1024:8:1$${HEX}"),
        format!("scrypt:1024:8:1$salt${HEX}0"),
        format!("scrypt:1024:8:1$salt${}", HEX.replace('5', "g")),
        format!("scrypt:1024:8:1$salt${HEX}{HEX}{HEX}"),
        format!("$scrypt$r=8,ln=8,p=1${SALT}${TAG}"),
        format!("pbkdf2:sha256:0$salt${HEX}"),
        format!("pbkdf2:sha256:1:1$salt${HEX}"),
        format!("$pbkdf2-sha256$i=1000,l=20${SALT}${TAG}"),
        format!("pbkdf2_sha256$1000${TAG}"),
        format!("$2b$3${CRYPT}"),
        format!("$2b$03${CRYPT}"),
        format!("$2b$04${}", &CRYPT[1..]),
        format!("$2b$04${CRYPT}x"),
        format!("$2b$04${}é", &CRYPT[2..]),
        "$".repeat(513),
    ]);
    for text in &malformed {
        assert!(matches!(error(text), StoredHashError::Malformed(_)), "{text}: {}", error(text));
    }
}

#[test]
fn bits_past_the_last_byte_of_a_bcrypt_salt_are_ignored_as_everybody_does() {
    // 22 characters hold 132 bits of a salt of 128; old passlib left the last four as they were.
    let text = "$2b$04$3H4N15BtUaoWqZIOsQXd1vdNALryL.7.GjIsZLTuhZ3bz/2JNPWym";
    let (StoredHash::Bcrypt(hash), StoredHash::Bcrypt(clean)) =
        (StoredHash::parse(text).unwrap(), StoredHash::parse(&format!("$2b$04${CRYPT}")).unwrap())
    else {
        unreachable!("both are bcrypt");
    };
    assert_eq!((hash.salt, hash.tag), (clean.salt, clean.tag));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = StoredHash::parse(&text);
    }

    /// Real hashes with a piece put in the place of another: what comes through is within the bounds.
    #[test]
    fn no_damaged_hash_panics_or_costs_more_than_is_allowed(
        which in 0..SAMPLES.len(),
        at in any::<prop::sample::Index>(),
        length in 0_usize..20,
        piece in "[$:=,.0-9a-zA-Zé/+]{0,12}",
    ) {
        let mut text = SAMPLES[which].1.to_owned();
        let at = at.index(text.len());
        text.replace_range(at..(at + length).min(text.len()), &piece);
        match StoredHash::parse(&text) {
            Ok(StoredHash::Argon2(hash)) => prop_assert!(hash.params.are_valid() && hash.params.are_bounded()),
            Ok(StoredHash::Scrypt(hash)) => prop_assert!(hash.work_kib() <= MAX_WORK_KIB),
            Ok(StoredHash::Pbkdf2(hash)) => prop_assert!(hash.rounds() <= MAX_ROUNDS),
            Ok(StoredHash::Bcrypt(hash)) => prop_assert!(hash.log_rounds <= MAX_LOG_ROUNDS),
            Err(_) => {}
        }
    }
}
