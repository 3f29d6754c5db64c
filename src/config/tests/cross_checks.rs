//! Settings that are right alone and wrong together.

use super::*;

#[test]
fn production_demands_a_key_and_refuses_one_that_was_typed() {
    let line = only_line(Config::read(&environment(&[("KEYSTEAD_ENV", "production")])));
    assert!(line.starts_with("SECRET_KEY: is not set; in production it must be"), "{line}");
    let typed = ("SECRET_KEY", "changemechangemechangemechangeme");
    assert!(only_line(Config::read(&environment(&[("KEYSTEAD_ENV", "production"), typed]))).contains("SECRET_KEY"));
    let short = Config::read(&environment(&[("SECRET_KEY", "only 31 bytes are in this value")]));
    assert!(only_line(short).contains("at least 32 bytes"));
    assert!(only_line(read(&[("SECRET_KEY_PREVIOUS", KEY.1)])).contains("is the same as SECRET_KEY"));
}

#[test]
fn production_refuses_hashes_below_the_owasp_minimum() {
    let weak = [("HASH_MEMORY_KIB", "19455"), ("HASH_ITERATIONS", "1")];
    let lines = lines(read_in_production(&weak));
    assert_eq!(lines[0], "HASH_MEMORY_KIB: is 19455; must be at least 19456 in production (the OWASP minimum)");
    assert!(lines[1].starts_with("HASH_ITERATIONS: is 1;") && lines.len() == 2, "{lines:?}");
    assert!(read(&[("HASH_MEMORY_KIB", "8"), ("HASH_ITERATIONS", "1")]).is_ok());
    assert!(read_in_production(&[("HASH_MEMORY_KIB", "19456"), ("HASH_ITERATIONS", "2")]).is_ok());
}

#[test]
fn production_lets_nobody_guess_without_end() {
    let line = only_line(read_in_production(&[("THROTTLE", "off")]));
    assert_eq!(line, "THROTTLE: is off; must be on in production");
    assert!(!read(&[("THROTTLE", "off")]).unwrap().throttling.on);
}

#[test]
fn hashes_fit_their_lanes_and_their_budget() {
    let lanes = [("HASH_MEMORY_KIB", "31"), ("HASH_PARALLELISM", "4")];
    assert_eq!(only_line(read(&lanes)), "HASH_MEMORY_KIB: is 31; must be at least 32 for 4 lanes");
    let budget = [("HASH_MEMORY_BUDGET_MIB", "18")];
    assert_eq!(
        only_line(read(&budget)),
        "HASH_MEMORY_BUDGET_MIB: is 18; must be at least 19, or not even one hash fits"
    );
    let threads = [("HASH_THREADS", "3"), ("HASH_MEMORY_KIB", "20000")];
    assert_eq!(read(&threads).unwrap().hashing.memory_budget_mib, 59 + 128, "3 × 20000 KiB, rounded up");
}

#[test]
fn the_public_url_is_https_in_production_where_others_can_reach_it() {
    let line = only_line(read_in_production(&[("PUBLIC_URL", "http://auth.example.com")]));
    assert_eq!(line, "PUBLIC_URL: is \"http://auth.example.com\"; must be https:// in production");
    assert!(read_in_production(&[("PUBLIC_URL", "http://localhost:8080")]).is_ok());
    assert!(read(&[("PUBLIC_URL", "http://auth.example.com")]).is_ok());
    assert!(only_line(read_in_production(&[("LISTEN", "0.0.0.0:8080")])).starts_with("PUBLIC_URL: is not set"));
    assert!(only_line(read(&[("LISTEN", "unix:/run/keystead.sock")])).starts_with("PUBLIC_URL: is not set"));
    let url = ("PUBLIC_URL", "https://Auth.example.com/");
    let server = read_in_production(&[("LISTEN", "0.0.0.0:80"), url]).unwrap().server;
    assert_eq!(server.public_url_on(&server.listen), "https://auth.example.com");
}

#[test]
fn the_two_listeners_differ() {
    for ops in ["127.0.0.1:8080", "0.0.0.0:8080"] {
        assert!(only_line(read(&[("OPS_LISTEN", ops)])).starts_with("OPS_LISTEN: is"));
    }
    assert!(read(&[("LISTEN", "127.0.0.1:0"), ("OPS_LISTEN", "127.0.0.1:0")]).is_ok());
}

#[test]
fn nobody_trusts_everybody_in_production() {
    let line = only_line(read_in_production(&[("TRUSTED_PROXIES", "10.0.0.0/8, ::/0")]));
    assert!(line.starts_with("TRUSTED_PROXIES: has ::/0"), "{line}");
}

#[test]
fn a_session_outlives_its_refresh_tokens() {
    let line = only_line(read(&[("SESSION_MAX_AGE", "3600")]));
    assert_eq!(line, "JWT_REFRESH_TOKEN_EXPIRES: is 604800; must be at most SESSION_MAX_AGE (3600)");
    assert!(read(&[("SESSION_MAX_AGE", "3600"), ("JWT_REFRESH_TOKEN_EXPIRES", "3600")]).is_ok());
    assert!(only_line(read(&[("REFRESH_GRACE_SECONDS", "301")])).contains("from 0 to 300"));
}

#[test]
fn a_batch_of_the_sweeper_is_shorter_on_sqlite() {
    let server = [("DB_TYPE", "mysql"), ("DB_HOST", "db"), ("DB_USERNAME", "keystead")];
    assert_eq!(read(&[]).unwrap().sweeping.batch.as_millis(), 3);
    assert_eq!(read(&server).unwrap().sweeping.batch.as_millis(), 10);
    assert_eq!(read(&[("SWEEP_BATCH_MS", "7")]).unwrap().sweeping.batch.as_millis(), 7);
}
