//! `db create-admin`: again and again, and never with a password in the arguments.

use serde_json::json;

use crate::program::{Program, Ran};

const PASSWORD: &str = "three plain words";

fn create(program: &Program, arguments: &[&str], password: &str) -> Ran {
    let arguments = [&["db", "create-admin", "--password-stdin"], arguments].concat();
    program.run_with_input(&arguments, password)
}

fn with_database() -> Program {
    let program = Program::new();
    program.ok(&["db", "init"]);
    program
}

#[tokio::test]
async fn an_administrator_is_made_once_and_can_sign_in() {
    let program = with_database();
    let made = create(&program, &["--email", "root@example.com", "--username", "root"], &format!("{PASSWORD}\n"));
    assert!(made.code == 0 && made.out.contains("made"), "{made:?}");
    let again = create(&program, &["--email", "ROOT@example.com"], "another password that is long");
    assert!(again.code == 0 && again.out.contains("nothing was changed"), "{again:?}");
    let without = program.run(&["db", "create-admin", "--username", "root"]);
    assert_eq!(without.code, 0, "an account that is there needs no password: {without:?}");

    let server = program.serve(&[]);
    let body = json!({"identifier": "root", "password": PASSWORD}).to_string();
    let login = reqwest::Client::new().post(format!("{}/v1/login", server.url));
    let answer = login.header("Content-Type", "application/json").body(body).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let ran = server.stop();
    assert!(!ran.out.contains("no administrator"), "{ran:?}");
}

#[test]
fn a_password_never_comes_by_the_arguments() {
    let program = with_database();
    for arguments in [["--password", PASSWORD], ["--password-stdin", PASSWORD], ["--admin-password", PASSWORD]] {
        let ran = program.run(&[&["db", "create-admin", "--email", "root@example.com"][..], &arguments].concat());
        assert_eq!(ran.code, 2, "{arguments:?}");
    }
    let help = program.ok(&["db", "create-admin", "--help"]);
    assert!(!help.contains("--password ") && !help.contains("--password="), "{help}");
}

#[test]
fn the_settings_are_read_and_flags_win() {
    let program = with_database().with("ADMIN_EMAIL", "from-settings@example.com").with("ADMIN_USERNAME", "settings");
    let program = program.with("ADMIN_PASSWORD", PASSWORD);
    let made = program.ok(&["db", "create-admin", "--email", "from-flag@example.com"]);
    assert!(made.contains("made"), "{made}");
    let ran = program.run(&["db", "create-admin", "--username", "other"]);
    assert!(ran.code == 0 && ran.out.contains("made"), "the address of the settings was free: {ran:?}");
}

#[test]
fn what_is_wrong_is_told_with_a_code_of_its_own() {
    let program = with_database();
    let email = ["--email", "root@example.com"];
    let cases: [(&[&str], &str, i32, &str); 7] = [
        (&[], PASSWORD, 2, "--username or --email"),
        (&["--email", "nobody"], PASSWORD, 2, "the e-mail address"),
        (&["--email", "root@example.com", "--username", "a b"], PASSWORD, 2, "the user name"),
        (&email, "\n", 2, "there is none"),
        (&email, "", 2, "there is none"),
        (&email, "short", 6, "too weak"),
        (&email, &"x".repeat(2_000), 2, "at most 1,024 bytes"),
    ];
    for (arguments, password, code, text) in cases {
        let ran = create(&program, arguments, password);
        assert!(ran.code == code && ran.err.contains(text), "{arguments:?} {password:?}: {ran:?}");
    }
    let ran = program.run(&["db", "create-admin", "--email", "root@example.com"]);
    assert!(ran.code == 2 && ran.err.contains("--password-stdin"), "{ran:?}");

    create(&program, &["--username", "one"], PASSWORD);
    create(&program, &["--email", "two@example.com"], PASSWORD);
    let ran = create(&program, &["--username", "one", "--email", "two@example.com"], PASSWORD);
    assert!(ran.code == 4 && ran.err.contains("two different accounts"), "{ran:?}");
}
