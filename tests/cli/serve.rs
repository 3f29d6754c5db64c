//! `serve`: what it makes of an empty folder, and what it refuses to start with.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::program::{Program, SECRET_KEY};

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

#[test]
fn an_empty_folder_becomes_a_server_whose_files_are_its_owners_alone() {
    let program = Program::new();
    let server = program.serve(&[]);
    for url in [&server.url, &server.ops] {
        program.until_ready(&["--url", url]);
    }
    assert_eq!(mode(&program.path("data/keystead.db-wal")), 0o600);
    let ran = server.stop();
    assert_eq!(mode(&program.path("data")), 0o700);
    for file in ["keystead.db", "secret.key", "setup.token"] {
        assert_eq!(mode(&program.path("data").join(file)), 0o600, "{file}");
    }
    assert!(
        ran.code == 0 && ran.out.contains("The database was made.") && ran.out.contains("data/secret.key"),
        "{ran:?}"
    );
    assert!(program.ok(&["db", "status"]).contains("up to date"));
    assert!(program.ok(&["db", "create-roles"]).contains("role admin: was there"));
    let again = program.serve(&[]).stop();
    assert!(!again.out.contains("was made"), "{again:?}");
}

#[test]
fn a_given_key_leaves_no_key_file() {
    let program = Program::new().with("SECRET_KEY", SECRET_KEY).with("KEYSTEAD_ENV", "development");
    let ran = program.serve(&[]).stop();
    assert!(ran.code == 0 && !ran.out.contains("development key"), "{ran:?}");
    assert!(!program.path("data/secret.key").exists());
    assert_eq!(mode(&program.path("data")), 0o700);
}

#[test]
fn flags_stand_above_the_environment_and_that_above_dotenv() {
    let program = Program::new().with("LISTEN", "nowhere");
    std::fs::write(program.path(".env"), "OPS_LISTEN=nowhere\nDB_PATH=from-dotenv/a.db\n").unwrap();
    let server = program.serve(&["--listen", "127.0.0.1:0", "--log-level", "warn"]);
    assert!(server.url.starts_with("http://127.0.0.1:"), "{}", server.url);
    assert!(program.path("from-dotenv/a.db").exists());
    let ran = server.stop();
    assert!(ran.code == 0 && ran.err.is_empty(), "{ran:?}");
}

#[test]
fn all_mistakes_are_told_at_once_and_nothing_is_written() {
    let program = Program::new().with("LISTEN", "nowhere").with("JWT_ALGORITHM", "none").with("KEYSTEAD_PORT", "1");
    let ran = program.run(&["serve", "--log-level", "loud"]);
    assert_eq!(ran.code, 2);
    for name in ["4 mistakes", "LISTEN", "JWT_ALGORITHM", "KEYSTEAD_PORT", "LOG_LEVEL (from the command line)"] {
        assert!(ran.err.contains(name), "{name}: {}", ran.err);
    }
    assert_eq!(std::fs::read_dir(program.folder()).unwrap().count(), 0);
}

#[test]
fn a_mistake_in_the_arguments_has_the_same_code() {
    for arguments in [&["serve", "--port", "1"][..], &["sevre"], &[]] {
        assert_eq!(Program::new().run(arguments).code, 2, "{arguments:?}");
    }
    let help = Program::new().ok(&["--help"]);
    assert!(help.contains("Exit codes:") && help.contains("7  the database or the server cannot be reached"), "{help}");
}

/// A start waits 3 s for a connection and 2 s for the pool to close; the rest is for a machine that does other things too.
const SOON: Duration = Duration::from_secs(10);

#[test]
fn a_server_database_that_is_away_is_named_soon_and_without_its_password() {
    for (scheme, name) in [("mysql", "MySQL or MariaDB"), ("postgres", "PostgreSQL")] {
        let url = format!("{scheme}://somebody:hunter2hunter2@127.0.0.1:1/keystead");
        let program = Program::new().with("DATABASE_URL", &url);
        for arguments in [&["serve"][..], &["db", "status"], &["db", "init"], &["tokens", "sweep"]] {
            let began = Instant::now();
            let ran = program.run(arguments);
            assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
            assert_eq!(ran.code, 7, "{arguments:?}: {ran:?}");
            assert!(ran.err.contains(name) && ran.err.contains("127.0.0.1:1 "), "{}", ran.err);
            assert!(!ran.err.contains("hunter2"), "{}", ran.err);
        }
    }
}

/// The kernel takes the connection, and then nobody says a word.
#[test]
fn a_server_database_that_is_silent_is_named_soon() {
    std::thread::scope(|scope| {
        for scheme in ["mysql", "postgres"] {
            scope.spawn(move || {
                let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
                let place = silent.local_addr().unwrap().to_string();
                let program = Program::new().with("DATABASE_URL", &format!("{scheme}://u:p@{place}/keystead"));
                let began = Instant::now();
                let ran = program.run(&["serve"]);
                assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
                assert!(ran.code == 7 && ran.err.contains(&place) && ran.err.contains("no answer"), "{ran:?}");
            });
        }
    });
}

#[test]
fn a_server_goes_on_when_nobody_listens_to_what_it_says() {
    let program = Program::new();
    let mut server = program.serve(&[]);
    server.close_output();
    program.until_ready(&["--url", &server.url]);
    assert_eq!(server.stop().code, 0);
}

#[test]
fn another_secret_key_than_the_databases_is_told() {
    let program = Program::new().with("SECRET_KEY", SECRET_KEY);
    program.serve(&[]).stop();
    let program = program.with("SECRET_KEY", &SECRET_KEY.replace('Z', "Y"));
    let ran = program.run(&["serve"]);
    assert!(ran.code == 2 && ran.err.contains("SECRET_KEY is not the one"), "{ran:?}");
    assert!(!ran.err.contains(&SECRET_KEY[1..]), "{ran:?}");
    let ran = program.with("SECRET_KEY_PREVIOUS", SECRET_KEY).serve(&[]).stop();
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[test]
fn a_port_that_is_taken_is_told() {
    let program = Program::new();
    let server = program.serve(&[]);
    let taken = server.url.strip_prefix("http://").unwrap();
    let ran = Program::new().run(&["serve", "--listen", taken]);
    assert!(ran.code == 1 && ran.err.contains(&format!("cannot listen on {taken}")), "{ran:?}");
}
