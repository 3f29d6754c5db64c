//! What holds when nobody says anything, and that every declared word and default is one the parser knows.

use std::time::Duration;

use super::super::accounts::Registration;
use super::super::hashing::HashBackend;
use super::super::listener::Listener;
use super::super::logging::{LogFormat, LogLevel};
use super::super::server::Environment;
use super::super::{Allowed, all_settings};
use super::*;
use crate::domain::signing_algorithm::Algorithm;

#[test]
fn the_defaults_are_those_of_the_contract() {
    let config = read(&[]).unwrap();
    assert_eq!(config.server.environment, Environment::Development);
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.server.ops_listen.to_string(), "127.0.0.1:9090");
    assert!(config.server.cors_origins.is_empty() && config.server.trusted_proxies.is_empty());
    assert!(config.database.target.is_sqlite());
    assert_eq!((config.database.pool_kept, config.database.pool_max), (10, 30));
    assert_eq!(config.database.recycle, Duration::from_hours(1));
    let tokens = &config.tokens;
    assert_eq!(tokens.algorithm, Algorithm::EdDsa);
    let lives = [tokens.access_ttl, tokens.refresh_ttl, tokens.session_max_age, tokens.refresh_grace];
    assert_eq!(lives.map(|life| life.as_secs()), [900, 604_800, 2_592_000, 10]);
    let hashing = &config.hashing;
    assert_eq!((hashing.memory_kib, hashing.iterations, hashing.parallelism), (19_456, 2, 1));
    assert_eq!((hashing.backend, hashing.max_wait), (HashBackend::Auto, Duration::from_secs(2)));
    assert!(hashing.threads >= 1 && hashing.memory_budget_mib == hashing.threads * 19 + 128);
    assert_eq!((config.accounts.registration, config.passwords.min_length), (Registration::Open, 12));
    let throttling = &config.throttling;
    assert_eq!((throttling.per_account, throttling.per_network, throttling.on), (10, 100, true));
    assert_eq!(config.sweeping.interval, Duration::from_mins(5));
    assert_eq!((config.logging.level, config.logging.format), (LogLevel::Info, LogFormat::Pretty));
    assert_eq!(read_in_production(&[]).unwrap().logging.format, LogFormat::Json);
}

#[test]
fn the_public_url_and_issuer_follow_the_port_that_was_found() {
    let config = read(&[("LISTEN", "0.0.0.0:0")]).unwrap();
    let bound = Listener::Tcp("0.0.0.0:40123".parse().unwrap());
    let url = config.server.public_url_on(&bound);
    assert_eq!(url, "http://127.0.0.1:40123");
    assert_eq!((config.tokens.issuer_or(&url), config.tokens.audience_or(&url)), (url.clone(), url.clone()));
    let named = read(&[("JWT_ISSUER", "https://id.example"), ("JWT_AUDIENCE", "shop")]).unwrap().tokens;
    assert_eq!((named.issuer_or(&url), named.audience_or(&url)), ("https://id.example".into(), "shop".into()));
}

#[test]
fn lists_are_taken_apart_and_put_into_canonical_form() {
    let lists = [
        ("CORS_ORIGINS", "https://App.example.com, http://localhost:3000,"),
        ("TRUSTED_PROXIES", "10.1.2.3/8,::1 , 192.0.2.7"),
    ];
    let server = read(&lists).unwrap().server;
    assert_eq!(server.cors_origins, ["https://app.example.com", "http://localhost:3000"]);
    let networks: Vec<String> = server.trusted_proxies.iter().map(ToString::to_string).collect();
    assert_eq!(networks, ["10.0.0.0/8", "::1/128", "192.0.2.7/32"]);
    assert!(only_line(read(&[("CORS_ORIGINS", "*")])).starts_with("CORS_ORIGINS: is \"*\""));
    assert!(only_line(read(&[("TRUSTED_PROXIES", "10.0.0.0/8, proxy")])).starts_with("TRUSTED_PROXIES: is"));
}

#[test]
fn every_declared_word_and_bound_is_understood() {
    for setting in all_settings() {
        let good: Vec<String> = match setting.allowed {
            Allowed::Words(words) => words.iter().map(ToString::to_string).collect(),
            Allowed::Whole { least, most, .. } => vec![least.to_string(), most.to_string()],
            Allowed::Text(_) => continue,
        };
        for value in good {
            let text = read(&[(setting.name, &value)]).err().map(|mistakes| mistakes.to_string()).unwrap_or_default();
            // Cross-checks may object to a bound; the parser must not.
            assert!(!text.contains(&format!("must be {}", setting.allowed)), "{text}");
        }
    }
}

#[test]
fn numbers_are_plain_digits() {
    for value in ["+5", "-1", "1e3", "15m", "1_000", "0x10", "900.0", "٣", "99999999999999999999999"] {
        let line = only_line(read(&[("JWT_ACCESS_TOKEN_EXPIRES", value)]));
        assert!(line.ends_with("must be a whole number of seconds from 1 to 86400"), "{line}");
    }
}
