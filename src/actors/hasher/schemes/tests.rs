use proptest::prelude::*;

use super::*;
use crate::domain::password::stored_hash::samples::{LONG, OF_LONG, PASSWORD, SAMPLES};

const CURRENT: HashParams = HashParams { memory_kib: 64, iterations: 2, parallelism: 1 };
/// Of the samples the largest is a scrypt of 1 MiB.
const SPARE_KIB: u32 = 2 * 1024;

fn backends() -> Vec<Backend> {
    [Backend::Argon2].into_iter().chain(Backend::fast()).collect()
}

fn bench(backend: Backend) -> Bench {
    Bench::new(backend, CURRENT.memory_kib, Arc::new(Spare::new(SPARE_KIB)))
}

fn parse(text: &str) -> StoredHash {
    StoredHash::parse(text).expect(text)
}

#[test]
fn every_password_of_another_system_is_right_and_every_other_wrong() {
    for backend in backends() {
        let mut bench = bench(backend);
        for (scheme, text) in SAMPLES {
            let stored = parse(text);
            assert!(bench.matches(&stored, PASSWORD.as_bytes()).unwrap(), "{text}");
            for wrong in ["", "correct horse batter", "correct horse battery ", "Correct horse battery", "\0"] {
                assert!(!bench.matches(&stored, wrong.as_bytes()).unwrap(), "{wrong:?} for {text}");
            }
            // Made elsewhere; what is Argon2id of version 19 is judged by its costs.
            let is_argon2id = matches!(scheme, crate::domain::password::stored_hash::Scheme::Argon2id);
            assert!(is_argon2id || is_outdated(&stored, CURRENT), "{text}");
        }
    }
}

#[test]
fn what_is_written_is_read_again_and_another_implementation_agrees() {
    use argon2::password_hash::PasswordVerifier as _;

    for backend in backends() {
        let mut bench = bench(backend);
        let phc = bench.hash(CURRENT, PASSWORD.as_bytes()).unwrap().to_phc();
        assert!(phc.starts_with("$argon2id$v=19$m=64,t=2,p=1$"), "{phc}");
        let read = parse(&phc);
        assert!(bench.matches(&read, PASSWORD.as_bytes()).unwrap() && !is_outdated(&read, CURRENT));
        argon2::Argon2::default().verify_password(PASSWORD.as_bytes(), phc.as_str()).unwrap();
        assert_ne!(phc, bench.hash(CURRENT, PASSWORD.as_bytes()).unwrap().to_phc(), "each has a salt of its own");
    }
}

#[test]
fn a_hash_of_the_c_reference_is_right() {
    // The test vector "password"/"somesalt" of the reference implementation's test.c.
    let stored = parse("$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc");
    assert!(bench(Backend::Argon2).matches(&stored, b"password").unwrap());
    assert!(is_outdated(&stored, CURRENT), "its salt has 8 bytes");
}

#[test]
fn less_of_anything_is_outdated_and_more_is_not_unless_it_has_to_be_borrowed() {
    let tail = "MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY";
    let outdated =
        |m: u32, t: u32, p: u32| is_outdated(&parse(&format!("$argon2id$v=19$m={m},t={t},p={p}${tail}")), CURRENT);
    assert!(outdated(63, 2, 1) && outdated(64, 1, 1) && outdated(128, 1, 1));
    assert!(!outdated(64, 2, 1) && !outdated(64, 3, 2) && outdated(65, 2, 1));
}

#[test]
fn bcrypt_reads_72_bytes_and_no_nul() {
    let mut bench = bench(Backend::Argon2);
    let long = parse(OF_LONG);
    assert!(bench.matches(&long, &LONG).unwrap() && bench.matches(&long, &LONG[..72]).unwrap());
    assert!(!bench.matches(&long, &LONG[..71]).unwrap(), "the 72nd counts");

    // RFC-less folklore: the key is "a NUL", repeated, so "a NUL a" would be the same one.
    let of_a = format!("$2b$04${}", {
        let made = ::bcrypt::hash_with_salt("a", 4, [7; 16]).unwrap().to_string();
        made[7..].to_owned()
    });
    assert!(::bcrypt::verify(b"a\0a", &of_a).unwrap(), "the control: it is the same key");
    assert!(bench.matches(&parse(&of_a), b"a").unwrap() && !bench.matches(&parse(&of_a), b"a\0a").unwrap());
}

#[test]
fn what_takes_more_than_a_thread_has_is_borrowed_and_given_back() {
    for backend in backends() {
        let spare = Arc::new(Spare::new(SPARE_KIB));
        let mut bench = Bench::new(backend, CURRENT.memory_kib, Arc::clone(&spare));
        bench.hash(CURRENT, b"pw").unwrap();
        assert_eq!(bench.engine.kept_kib(), 64);
        let tail = "MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY";
        for large in ["$argon2id$v=19$m=1024,t=1,p=1", "$argon2d$v=19$m=1024,t=1,p=1", "$scrypt$ln=10,r=8,p=1"] {
            bench.hash(CURRENT, b"pw").unwrap();
            assert!(!bench.matches(&parse(&format!("{large}${tail}")), b"pw").unwrap());
            assert_eq!(bench.engine.kept_kib(), 0, "{large}");
        }
        // All of it is there again, or this would wait for ever.
        drop(spare.borrow(SPARE_KIB));
        bench.hash(CURRENT, b"pw").unwrap();
        assert!(!bench.matches(&parse(OF_LONG), b"pw").unwrap());
        assert_eq!(bench.engine.kept_kib(), 64, "bcrypt needs no memory");
    }
}

#[test]
fn dearer_parameters_cost_more_units() {
    let tail = "MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY";
    let units = |head: &str| cost::units(&parse(&format!("{head}${tail}")));
    assert_eq!(units("$argon2id$v=19$m=19456,t=2,p=1"), 38_912);
    for (cheap, dear) in [
        ("$argon2id$v=19$m=64,t=1,p=1", "$argon2i$v=19$m=64,t=1,p=1"),
        ("$scrypt$ln=10,r=8,p=1", "$scrypt$ln=11,r=8,p=1"),
        ("$scrypt$ln=10,r=8,p=1", "$scrypt$ln=10,r=8,p=2"),
        ("$pbkdf2-sha256$1000", "$pbkdf2-sha256$2000"),
        ("$pbkdf2-sha256$1000", "$pbkdf2$1000"),
    ] {
        assert!(units(cheap) < units(dear), "{cheap} {dear}");
    }
    let bcrypt = |rounds| cost::units(&parse(&OF_LONG.replace("$04$", rounds)));
    assert_eq!(bcrypt("$12$"), 256 * bcrypt("$04$"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Of bcrypt against its crate's own verifier, for any bytes.
    #[test]
    fn bcrypt_agrees_with_its_crate(password in prop::collection::vec(1_u8.., 0..100), salt in any::<[u8; 16]>()) {
        let made = ::bcrypt::hash_with_salt(&password, 4, salt).unwrap();
        let mut bench = bench(Backend::Argon2);
        prop_assert!(bench.matches(&parse(&made.to_string()), &password).unwrap());
    }
}

/// Prints what each scheme costs in units of [`cost`]: `cargo test --lib measure_the_schemes -- --ignored --nocapture`.
#[test]
#[ignore = "measures, and asserts nothing"]
fn measure_the_schemes() {
    use std::time::Instant;

    let tail = "MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY";
    for backend in backends() {
        let mut bench = Bench::new(backend, 19_456, Arc::new(Spare::new(256 * 1024)));
        let mut fastest = |text: &str| {
            let stored = parse(text);
            let time = |_| {
                let began = Instant::now();
                bench.matches(&stored, b"pw").unwrap();
                began.elapsed()
            };
            (0..7).map(time).min().unwrap()
        };
        let unit = fastest(&format!("$argon2id$v=19$m=19456,t=2,p=1${tail}")).as_secs_f64() / 38_912.0;
        println!("{}: {:.0} ns a unit", backend.name(), unit * 1e9);
        for (head, count, of) in [
            ("$argon2i$v=19$m=19456,t=2,p=1", 38_912.0, "KiB pass"),
            ("$argon2d$v=16$m=19456,t=2,p=1", 38_912.0, "KiB pass"),
            ("$scrypt$ln=15,r=8,p=1", 32_768.0, "KiB"),
            ("$scrypt$ln=14,r=8,p=5", 81_920.0, "KiB"),
            ("$scrypt$ln=17,r=8,p=1", 131_072.0, "KiB"),
            ("$pbkdf2-sha1$i=100000,l=32", 200.0, "1,000 rounds"),
            ("$pbkdf2-sha256$i=100000", 100.0, "1,000 rounds"),
            ("$pbkdf2-sha512$i=100000", 100.0, "1,000 rounds"),
        ] {
            let took = fastest(&format!("{head}${tail}"));
            println!("{head}: {took:?}, {:.1} units a {of}", took.as_secs_f64() / count / unit);
        }
        let took = fastest(&OF_LONG.replace("$04$", "$10$"));
        println!("bcrypt 10: {took:?}, {:.1} units a round", took.as_secs_f64() / 1_024.0 / unit);
    }
}
