//! `config check` and `config show`.

use serde_json::{Value, json};

use crate::program::{Program, SECRET_KEY};

#[test]
fn show_says_where_each_value_came_from_and_shows_no_secret() {
    let program = Program::new().with("LOG_LEVEL", "debug").with("SECRET_KEY", SECRET_KEY);
    let program = program.with("DATABASE_URL", "postgres://me:hunter2@db/keystead");
    std::fs::write(program.path(".env"), "LOG_LEVEL=trace\nLOG_FORMAT=json\nADMIN_PASSWORD=hunter2\n").unwrap();
    let printed = program.ok(&["config", "show", "--db-path", "here.db", "--json"]);
    let all: Vec<Value> = printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |name: &str| all.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("{name}"));
    let seen = |name: &str| [of(name)["value"].clone(), of(name)["from"].clone()];
    assert_eq!(seen("LOG_LEVEL"), [json!("debug"), json!("environment")]);
    assert_eq!(seen("LOG_FORMAT"), [json!("json"), json!(".env")]);
    assert_eq!(seen("DB_PATH"), [json!("here.db"), json!("command_line")]);
    assert_eq!(seen("DB_POOL_SIZE"), [json!("10"), json!("default")]);
    assert_eq!((&of("DATABASE_URL")["set"], &of("DATABASE_URL")["value"]), (&json!(true), &Value::Null));

    let plain = program.ok(&["config", "show"]);
    assert!(plain.contains("LOG_LEVEL=debug  # from the environment\n"), "{plain}");
    assert!(plain.contains("ADMIN_PASSWORD=(set, not shown)  # from .env\n"), "{plain}");
    let changed = program.ok(&["config", "show", "--changed"]);
    assert!(changed.contains("LOG_FORMAT") && !changed.contains("DB_POOL_SIZE"), "{changed}");
    for text in [printed, plain, changed] {
        assert!(!text.contains("hunter2") && !text.contains(&SECRET_KEY[1..]), "{text}");
    }
}

#[test]
fn check_finds_what_serve_would_refuse_and_writes_nothing() {
    let program = Program::new();
    assert!(program.ok(&["config", "check"]).contains("no mistakes"));
    let program = program.with("JWT_ALGORITHM", "none").with("OPS_LISTEN", "nowhere");
    let ran = program.run(&["config", "check", "--json"]);
    let found: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((ran.code, &found["ok"], found["mistakes"].as_array().unwrap().len()), (2, &json!(false), 2), "{ran:?}");
    let ran = program.run(&["config", "check"]);
    assert!(ran.code == 2 && ran.err.contains("2 mistakes") && ran.err.contains("OPS_LISTEN"), "{ran:?}");
    assert_eq!(std::fs::read_dir(program.folder()).unwrap().count(), 0, "not even the development key");
}
