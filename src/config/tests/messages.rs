//! What a person reads: every mistake, one a line, with the variable's name, and never a secret.

use super::super::{Mistake, Source, administrator};
use super::*;

#[test]
fn all_mistakes_are_told_at_once_each_with_its_name() {
    let wrong = [
        ("KEYSTEAD_ENV", "prod"),
        ("LISTEN", "localhost"),
        ("OPS_LISTEN", "unix:"),
        ("PUBLIC_URL", "auth.example.com"),
        ("CORS_ORIGINS", "*"),
        ("TRUSTED_PROXIES", "all"),
        ("SECRET_KEY", "canary"),
        ("SECRET_KEY_PREVIOUS", "canary"),
        ("DB_TYPE", "oracle"),
        ("DB_PATH", "data/"),
        ("DB_HOST", "a:b"),
        ("DB_PORT", "0"),
        ("DATABASE_URL", "canary"),
        ("DB_TLS", "yes"),
        ("DB_TLS_CA", "/no/ca"),
        ("DB_POOL_SIZE", "many"),
        ("DB_MAX_OVERFLOW", "-1"),
        ("DB_POOL_RECYCLE", "1h"),
        ("JWT_ALGORITHM", "none"),
        ("JWT_ISSUER", "a b"),
        ("JWT_AUDIENCE", "a b"),
        ("JWT_ACCESS_TOKEN_EXPIRES", "15m"),
        ("JWT_REFRESH_TOKEN_EXPIRES", "0"),
        ("SESSION_MAX_AGE", "x"),
        ("REFRESH_GRACE_SECONDS", "301"),
        ("HASH_MEMORY_KIB", "7"),
        ("HASH_ITERATIONS", "0"),
        ("HASH_PARALLELISM", "5"),
        ("HASH_BACKEND", "md5"),
        ("HASH_THREADS", "0"),
        ("HASH_MEMORY_BUDGET_MIB", "0"),
        ("HASH_MAX_WAIT_MS", "10000"),
        ("REGISTRATION", "maybe"),
        ("PASSWORD_MIN_LENGTH", "4"),
        ("SWEEP_INTERVAL", "0"),
        ("SWEEP_BATCH_MS", "0"),
        ("LOG_LEVEL", "loud"),
        ("LOG_FORMAT", "xml"),
        ("KEYSTEAD_LISTEN", "canary"),
    ];
    let lines = lines(Config::read(&environment(&wrong)));
    assert_eq!(lines.len(), wrong.len(), "{lines:#?}");
    for (name, _) in wrong {
        assert!(lines.iter().any(|line| line.starts_with(&format!("{name}: "))), "{name} is not told of");
    }
    assert!(!lines.concat().contains("canary"));
}

#[test]
fn a_line_has_the_name_what_it_was_and_what_it_may_be() {
    let line = only_line(read(&[("HASH_THREADS", "many")]));
    assert_eq!(line, "HASH_THREADS: is \"many\"; must be a whole number of threads from 1 to 256");
    assert_eq!(only_line(read(&[("LOG_FORMAT", "xml")])), "LOG_FORMAT: is \"xml\"; must be pretty or json");
}

#[test]
fn a_value_cannot_fake_a_line_nor_fill_the_screen() {
    let line = only_line(read(&[("LOG_LEVEL", "x\nSECRET_KEY: is fine\u{1b}[31m")]));
    assert!(line.contains("\\n") && !line.contains('\u{1b}'), "{line}");
    assert!(only_line(read(&[("LOG_LEVEL", &"x".repeat(10_000))])).len() < 200);
    let line = only_line(read(&[("PUBLIC_URL", "https://admin:hunter2@auth.example.com")]));
    assert!(!line.contains("hunter2"), "{line}");
}

#[test]
fn unknown_names_are_mistakes_without_their_values() {
    let line = only_line(read(&[("KEYSTEAD_DB_PASSWORD_FILE", "canary")]));
    assert_eq!(line, "KEYSTEAD_DB_PASSWORD_FILE: is no setting of Keystead; did you mean DB_PASSWORD_FILE?");
    let dotenv = Source::from_parts(owned(&[KEY]), owned(&[("KEYSTEAD_MODE", "canary")]), []);
    let line = only_line(Config::read(&dotenv));
    assert_eq!(line, "KEYSTEAD_MODE (from .env): is no setting of Keystead; must be KEYSTEAD_ENV or go");
    assert!(read(&[("PATH", "/bin"), ("DB_ROOT_PASSWORD", "x")]).is_ok());
}

#[test]
fn names_of_the_earlier_system_are_answered_with_the_new_ones() {
    let earlier = [("FLASK_ENV", "production"), ("FLASK_SECRET_KEY", "canary")];
    let lines = lines(Config::read(&environment(&earlier)));
    let was = "belonged to the earlier system and is not read";
    assert_eq!(lines[0], format!("FLASK_ENV: {was}; set KEYSTEAD_ENV to development or production"));
    assert!(lines[1].starts_with(&format!("FLASK_SECRET_KEY: {was}; set SECRET_KEY to")), "{lines:?}");
    assert!(!lines.concat().contains("canary"));
    assert!(read(&[("KEYSTEAD_ENV", "development"), ("FLASK_ENV", "x"), ("FLASK_SECRET_KEY", "x")]).is_ok());
}

#[test]
fn what_was_wrong_with_dotenv_is_told_too() {
    let mut source = environment(&[KEY]);
    source.mistakes.push(Mistake::new(".env", "has a line at its start that cannot be read", "must be NAME=value"));
    assert_eq!(
        only_line(Config::read(&source)),
        ".env: has a line at its start that cannot be read; must be NAME=value"
    );
}

#[test]
fn the_administrator_is_read_apart() {
    let given = [("ADMIN_USERNAME", "root"), ("ADMIN_PASSWORD", "canary"), ("LISTEN", "nowhere")];
    let administrator = administrator::read(&environment(&given)).unwrap();
    assert_eq!((administrator.username.as_deref(), administrator.email.as_deref()), (Some("root"), None));
    assert!(administrator.password.is_some() && !format!("{administrator:?}").contains("canary"));
    let twice = [("ADMIN_PASSWORD", "canary"), ("ADMIN_PASSWORD_FILE", "/x")];
    assert!(
        administrator::read(&environment(&twice)).unwrap_err().to_string().contains("ADMIN_PASSWORD_FILE is set too")
    );
    assert!(read(&twice).is_ok(), "the server never looks there");
}
