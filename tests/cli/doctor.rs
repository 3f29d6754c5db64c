//! `doctor`: it finds what is wrong, says what to do, and works where nothing else does.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::program::{Program, Ran, SECRET_KEY};

/// Whatever it asks, and on a machine that does other things too.
const SOON: Duration = Duration::from_secs(30);

fn findings(ran: &Ran) -> Vec<Value> {
    ran.out.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"))).collect()
}

/// What was found that is not `ok`, as `state check: text`; each says what to do.
fn faults(program: &Program) -> (i32, Vec<String>) {
    let ran = program.run(&["doctor", "--json"]);
    let bad = findings(&ran).into_iter().filter(|one| one["state"] != "ok");
    let told = bad.map(|one| {
        assert!(one["remedy"].as_str().is_some_and(|remedy| !remedy.is_empty()), "{one}");
        let text = |name: &str| one[name].as_str().unwrap().to_owned();
        format!("{} {}: {}", text("state"), text("check"), text("text"))
    });
    (ran.code, told.collect())
}

fn installed() -> Program {
    let program = Program::new();
    program.ok(&["db", "init"]);
    let admin = ["db", "create-admin", "--email", "root@example.com", "--password-stdin"];
    assert_eq!(program.run_with_input(&admin, "three plain words").code, 0);
    program
}

fn chmod(program: &Program, path: &str, mode: u32) {
    std::fs::set_permissions(program.path(path), std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_good_installation_has_nothing_to_see_to() {
    let program = installed();
    let ran = program.run(&["doctor", "--json"]);
    let found = findings(&ran);
    assert!(ran.code == 0 && found.iter().all(|one| one["state"] == "ok" && one["remedy"].is_null()), "{ran:?}");
    for check in
        ["configuration", "secret_key", "files", "disk", "database", "schema", "clock", "roles", "audit", "mail"]
    {
        assert!(found.iter().any(|one| one["check"] == check), "{check}: {ran:?}");
    }
    let plain = program.ok(&["doctor"]);
    assert!(plain.contains("ok    database       answers, version 3."), "{plain}");
}

#[test]
fn it_works_before_there_is_anything_and_makes_nothing() {
    let program = Program::new();
    let (code, told) = faults(&program);
    assert_eq!(code, 1);
    for fault in ["fail database: ", "warn secret_key: ", "warn files: the data folder"] {
        assert!(told.iter().any(|one| one.starts_with(fault)), "{fault}: {told:?}");
    }
    assert_eq!(std::fs::read_dir(program.folder()).unwrap().count(), 0);
}

#[test]
fn a_wrong_configuration_is_told_and_the_files_are_looked_at_all_the_same() {
    let program = Program::new().with("JWT_ALGORITHM", "none").with("OPS_LISTEN", "nowhere");
    std::fs::write(program.path(".env"), "DB_PASSWORD=hunter2\n").unwrap();
    chmod(&program, ".env", 0o644);
    let (code, told) = faults(&program);
    assert_eq!(code, 1);
    for fault in
        ["fail configuration: JWT_ALGORITHM", "fail configuration: OPS_LISTEN", "fail files: other users may read .env"]
    {
        assert!(told.iter().any(|one| one.starts_with(fault)), "{fault}: {told:?}");
    }
    assert!(!told.concat().contains("hunter2"));
    chmod(&program, ".env", 0o600);
    assert!(!faults(&program).1.iter().any(|one| one.contains(".env")));
}

#[test]
fn a_database_that_is_away_is_told_soon_and_the_rest_is_looked_at() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = silent.local_addr().unwrap().to_string();
    for place in ["127.0.0.1:1", &silent] {
        let program = Program::new().with("DATABASE_URL", &format!("postgres://u:hunter2@{place}/keystead"));
        let began = Instant::now();
        let ran = program.run(&["doctor", "--json"]);
        assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
        let found = findings(&ran);
        let of = |check: &str| found.iter().find(|one| one["check"] == check).unwrap_or_else(|| panic!("{check}"));
        assert!(ran.code == 1 && of("database")["state"] == "fail" && of("mail")["state"] == "ok", "{ran:?}");
        assert!(of("database")["text"].as_str().unwrap().contains(place), "{ran:?}");
        assert!(!ran.out.contains("hunter2") && !ran.err.contains("hunter2"), "{ran:?}");
    }
}

#[test]
fn open_files_a_wrong_key_and_missing_roles_are_told() {
    let program = installed();
    chmod(&program, "data/keystead.db", 0o644);
    chmod(&program, "data", 0o777);
    let (code, told) = faults(&program);
    assert_eq!((code, told.len()), (1, 2), "{told:?}");
    assert!(told[0].contains("other users may put files into the data folder"), "{told:?}");
    assert!(told[1].contains("keystead.db (mode 0644)"), "{told:?}");

    let program = Program::new().with("SECRET_KEY", SECRET_KEY);
    program.ok(&["db", "init"]);
    program.ok(&["keys", "list"]);
    assert_eq!(faults(&program), (0, vec!["warn administrators: there is none who can sign in".to_owned()]));
    let program = program.with("SECRET_KEY", &SECRET_KEY.replace('Z', "Y"));
    let (code, told) = faults(&program);
    assert!(
        code == 1 && told.iter().any(|one| one.starts_with("fail secret_key: SECRET_KEY is not the one")),
        "{told:?}"
    );
    program.ok(&["db", "downgrade", "--revision", "11", "--allow-data-loss"]);
    let (code, told) = faults(&program);
    assert!(code == 1 && told.iter().any(|one| one.starts_with("fail schema: ")), "{told:?}");
}

#[test]
fn addresses_that_make_no_sense_together_are_told() {
    let program = installed().with("PUBLIC_URL", "https://auth.example.com").with("LISTEN", "0.0.0.0:8080");
    let (code, told) = faults(&program);
    assert_eq!(code, 0, "{told:?}");
    for fault in ["warn proxies: ", "warn environment: ", "warn listen: plain HTTP"] {
        assert!(told.iter().any(|one| one.starts_with(fault)), "{fault}: {told:?}");
    }
    let program = program.with("TRUSTED_PROXIES", "127.0.0.1").with("LISTEN", "127.0.0.1:8080");
    assert_eq!(faults(&program), (0, Vec::new()));
}

/// A mail server that knows one password (`\0u\0good`), and what it was told.
fn mail_server() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (place, told) = (listener.local_addr().unwrap().to_string(), Arc::new(Mutex::new(Vec::new())));
    let heard = Arc::clone(&told);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let stream: TcpStream = stream.unwrap();
            let mut out = stream.try_clone().unwrap();
            out.write_all(b"220 here\r\n").unwrap();
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                let answer = match line.split(' ').next().unwrap_or_default() {
                    "EHLO" => "250-here\r\n250 AUTH PLAIN\r\n",
                    "AUTH" if line.ends_with("AHUAZ29vZA==") => "235 welcome\r\n",
                    "AUTH" => "535 no\r\n",
                    "QUIT" => "221 bye\r\n",
                    _ => "250 fine\r\n",
                };
                heard.lock().unwrap().push(line);
                if out.write_all(answer.as_bytes()).is_err() {
                    break;
                }
            }
        }
    });
    (place, told)
}

#[test]
fn the_mail_server_is_logged_in_at_and_gets_no_mail() {
    let (place, heard) = mail_server();
    let program = installed().with("MAIL_FROM", "keystead@example.com");
    let program = program.with("SMTP_URL", &format!("smtp://u:good@{place}?tls=none"));
    assert_eq!(faults(&program), (0, Vec::new()));
    assert!(!heard.lock().unwrap().iter().any(|line| line.starts_with("MAIL")), "{heard:?}");
    let program = program.with("SMTP_URL", &format!("smtp://u:hunter2@{place}?tls=none"));
    let (code, told) = faults(&program);
    assert!(code == 1 && told[0].starts_with(&format!("fail mail: {place}: ")), "{told:?}");
    assert!(!told.concat().contains("hunter2"), "{told:?}");
    let program = program.with("SMTP_URL", "smtp://u:hunter2@127.0.0.1:1?tls=none");
    assert_eq!(faults(&program).0, 1);
}

/// Answers each request with its metadata.
fn issuer() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let metadata = json!({
        "issuer": url, "authorization_endpoint": format!("{url}/authorize"), "token_endpoint": format!("{url}/token"),
        "jwks_uri": format!("{url}/jwks"), "response_types_supported": ["code"],
        "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["ES256"],
    });
    let body = metadata.to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 2048];
            let _read = stream.read(&mut request).unwrap();
            let length = body.len();
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
            );
            stream.write_all((head + &body).as_bytes()).unwrap();
        }
    });
    url
}

#[test]
fn providers_are_found_by_their_metadata_or_told() {
    let url = issuer();
    let with = |issuer: &str| {
        let program = installed().with("OAUTH_ENABLED", "true").with("OAUTH_REDIRECTS", "http://127.0.0.1/back");
        let program = program.with("OAUTH_ALLOW_PRIVATE_NETWORKS", "true").with("OIDC_PROVIDERS", "corp");
        let program = program.with("OIDC_CORP_CLIENT_ID", "x").with("OIDC_CORP_CLIENT_SECRET", "hunter2");
        program.with("OIDC_CORP_ISSUER", issuer)
    };
    assert_eq!(faults(&with(&url)), (0, Vec::new()));
    let (code, told) = faults(&with("http://127.0.0.1:1"));
    assert!(code == 1 && told == ["fail providers: corp: the provider cannot be reached"], "{told:?}");
    let (code, told) = faults(&with(&format!("{url}/other")));
    assert!(code == 1 && told == ["fail providers: corp: the issuer is another one"], "{told:?}");
}
