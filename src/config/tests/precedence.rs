//! Which value counts: flags over the environment over `.env` over the default, and the `_FILE` twins of secrets.

use std::fs::write;

use secrecy::ExposeSecret as _;

use super::*;

fn password(environment: &[(&str, &str)], dotenv: &[(&str, &str)]) -> Result<String, Mistakes> {
    let server = [KEY, ("DB_TYPE", "mysql"), ("DB_HOST", "db"), ("DB_USERNAME", "u")];
    let source = Source::from_parts(owned(&[&server, environment].concat()), owned(dotenv), []);
    Config::read(&source).map(|config| match config.database.target {
        super::super::database::Target::MySql(address) => address.password.expose_secret().to_owned(),
        other => panic!("{other:?}"),
    })
}

#[test]
fn flags_win_over_the_environment_and_that_over_dotenv() {
    let listen = |flag: &[(&str, &str)], env: &[(&str, &str)], dotenv: &[(&str, &str)]| {
        let source = Source::from_parts(owned(&[&[KEY], env].concat()), owned(dotenv), owned(flag));
        Config::read(&source).unwrap().server.listen.to_string()
    };
    let [one, two, three] = ["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"].map(|address| [("LISTEN", address)]);
    assert_eq!(listen(&one, &two, &three), "127.0.0.1:1");
    assert_eq!(listen(&[], &two, &three), "127.0.0.1:2");
    assert_eq!(listen(&[], &[], &three), "127.0.0.1:3");
    assert_eq!(listen(&[], &[], &[]), "127.0.0.1:8080");
    assert_eq!(listen(&[], &[("LISTEN", "")], &three), "127.0.0.1:8080", "empty means the default");
    assert_eq!(listen(&[], &[("LISTEN", " 127.0.0.1:4\n")], &[]), "127.0.0.1:4");
}

#[test]
fn messages_say_where_a_value_came_from() {
    let source = Source::from_parts(
        owned(&[KEY, ("LOG_LEVEL", "loud")]),
        owned(&[("LOG_FORMAT", "xml")]),
        owned(&[("LISTEN", "nowhere")]),
    );
    let lines = lines(Config::read(&source));
    assert!(lines[0].starts_with("LISTEN (from the command line): is"), "{lines:?}");
    assert!(lines[1].starts_with("LOG_LEVEL: is"), "{lines:?}");
    assert!(lines[2].starts_with("LOG_FORMAT (from .env): is"), "{lines:?}");
}

#[test]
fn a_secret_may_come_from_a_file_without_its_last_newline() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("password");
    let twin = [("DB_PASSWORD_FILE", path.to_str().unwrap())];
    for (content, expected) in [("p w\n", "p w"), ("pw\r\n", "pw"), ("pw", "pw"), ("pw\n\n", "pw\n"), (" pw ", " pw ")]
    {
        write(&path, content).unwrap();
        assert_eq!(password(&twin, &[]).unwrap(), expected);
    }
    write(&path, "from the file\n").unwrap();
    assert_eq!(password(&[twin[0], ("DB_PASSWORD", "")], &[]).unwrap(), "from the file");
    assert_eq!(password(&twin, &[("DB_PASSWORD", "weaker")]).unwrap(), "from the file");
    assert_eq!(password(&[("DB_PASSWORD", "stronger")], &twin).unwrap(), "stronger");
}

#[test]
fn a_twin_that_cannot_be_used_is_a_mistake() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("password");
    let twin = [("DB_PASSWORD_FILE", path.to_str().unwrap())];
    let told = |environment: &[(&str, &str)]| password(environment, &[]).unwrap_err().to_string();
    assert!(told(&twin).contains("which cannot be read (No such file"), "{}", told(&twin));
    write(&path, "canary").unwrap();
    let both = told(&[twin[0], ("DB_PASSWORD", "canary")]);
    assert_eq!(both, "DB_PASSWORD: is set and DB_PASSWORD_FILE is set too; only one of them may be");
    for (content, why) in [(vec![0xFF; 3], "not UTF-8"), (vec![b'x'; 70_000], "64 KiB"), (b"\n".to_vec(), "empty file")]
    {
        write(&path, content).unwrap();
        assert!(told(&twin).starts_with("DB_PASSWORD_FILE: names ") && told(&twin).contains(why), "{}", told(&twin));
    }
    assert!(told(&[("DB_PASSWORD_FILE", folder.path().to_str().unwrap())]).contains("cannot be read"));
}

#[test]
fn only_secrets_have_twins() {
    assert_eq!(read(&[("LISTEN_FILE", "/no/such")]).unwrap().server.listen.to_string(), "127.0.0.1:8080");
}
