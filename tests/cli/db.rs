//! `db init`, `upgrade`, `downgrade`, `status`, `create-roles`: each may be run again.

use serde_json::Value;

use crate::program::Program;

fn state(program: &Program) -> (i32, Value) {
    let ran = program.run(&["db", "status", "--json"]);
    (ran.code, serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{ran:?}")))
}

#[test]
fn init_makes_everything_once() {
    let program = Program::new();
    let first = program.ok(&["db", "init"]);
    for line in ["database: made", "schema: applied 0001_users", "role admin: made", "role user: made"] {
        assert!(first.contains(line), "{line}: {first}");
    }
    let second = program.ok(&["db", "init"]);
    for line in ["database: was there", "schema: nothing to do", "role admin: was there", "role user: was there"] {
        assert!(second.contains(line), "{line}: {second}");
    }
    let (code, state) = state(&program);
    assert_eq!((code, &state["state"], &state["at"]), (0, &"current".into(), &state["head"]));
    assert_eq!(
        program.ok(&["db", "create-roles"]),
        "role admin: was there\nrole user: was there\nrole auditor: was there\n"
    );
}

#[test]
fn what_is_not_there_is_told_with_the_remedy() {
    let program = Program::new();
    for arguments in [&["db", "status"][..], &["db", "upgrade"], &["db", "create-roles"], &["tokens", "sweep"]] {
        let ran = program.run(arguments);
        assert!(ran.code == 3 && ran.err.contains("`keystead db init` makes it"), "{arguments:?}: {ran:?}");
        assert!(!program.path("data/keystead.db").exists(), "{arguments:?}");
    }
    program.ok(&["db", "init"]);
    let ran = program.run(&["db", "upgrade", "--revision", "999"]);
    assert!(ran.code == 3 && ran.err.contains("no migration 999"), "{ran:?}");
    assert_eq!(program.run(&["db", "upgrade", "--revision", "tail"]).code, 2);
}

#[test]
fn the_schema_goes_down_and_up_and_says_where_it_is() {
    let program = Program::new();
    program.ok(&["db", "init"]);
    let refused = program.run(&["db", "downgrade", "--revision", "0"]);
    assert!(refused.code == 6 && refused.err.contains("drop rows of") && refused.err.contains("roles"), "{refused:?}");
    assert_eq!(state(&program).0, 0, "a refusal undoes nothing");

    let undone = program.ok(&["db", "downgrade", "--revision", "0", "--allow-data-loss"]);
    assert!(undone.trim_end().ends_with("undid 0001_users"), "{undone}");
    assert_eq!(program.ok(&["db", "downgrade", "--revision", "0"]), "schema: nothing to do\n");
    assert_eq!(program.ok(&["db", "upgrade", "--revision", "0003"]).lines().count(), 3);
    let (code, behind) = state(&program);
    assert_eq!((code, &behind["state"], &behind["at"]), (5, &"behind".into(), &3.into()));
    let work = program.run(&["clients", "create", "--name", "x"]);
    assert!(work.code == 5 && work.err.contains("`keystead db upgrade`"), "{work:?}");
    program.ok(&["db", "upgrade"]);
    assert_eq!(state(&program).0, 0);
}

#[test]
fn an_embedded_database_that_is_behind_is_upgraded_by_serve() {
    let program = Program::new();
    program.ok(&["db", "init"]);
    program.ok(&["db", "downgrade", "--revision", "11", "--allow-data-loss"]);
    program.serve(&[]).stop();
    assert_eq!(state(&program).0, 0);
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_served_with_a_warning_and_not_migrated() {
    use sqlx::Connection as _;
    let program = Program::new();
    program.ok(&["db", "init"]);
    let path = program.path("data/keystead.db");
    let mut conn = sqlx::SqliteConnection::connect(path.to_str().unwrap()).await.unwrap();
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES (9001, 'from the future', TRUE, x'00', 0)";
    sqlx::query(newer).execute(&mut conn).await.unwrap();
    conn.close().await.unwrap();
    let (code, ahead) = state(&program);
    assert_eq!((code, &ahead["state"], &ahead["at"]), (5, &"ahead".into(), &9001.into()));
    let ran = program.run(&["db", "upgrade"]);
    assert!(ran.code == 5 && ran.err.contains("a newer one was here"), "{ran:?}");
    let ran = program.serve(&[]).stop();
    assert!(ran.code == 0 && ran.err.contains("serves all the same"), "{ran:?}");
}

#[test]
fn a_plan_says_what_an_upgrade_runs_and_a_downgrade_loses_and_changes_nothing() {
    let program = Program::new();
    program.ok(&["db", "init"]);
    assert_eq!(program.ok(&["db", "plan"]), "schema: nothing to do\n");
    let plan = |arguments: &[&str]| -> Value {
        serde_json::from_str(&program.ok(&[&["db", "plan", "--json"], arguments].concat())).unwrap()
    };
    let down = plan(&["--downgrade", "1"]);
    let roles = down["steps"].as_array().unwrap().last().unwrap();
    assert_eq!((&roles["name"], &roles["loses"]), (&"roles".into(), &serde_json::json!(["roles"])));
    let words = program.ok(&["db", "plan", "--downgrade", "1"]);
    assert!(words.contains("down 0002_roles; touches roles; LOSES THE ROWS OF roles"), "{words}");
    assert_eq!(state(&program).0, 0, "a plan changes nothing");

    program.ok(&["db", "downgrade", "--revision", "23", "--allow-data-loss"]);
    let made = program.run_with_input(&["db", "plan"], "");
    assert_eq!(made.code, 0, "{made:?}");
    let up = plan(&[]);
    let steps = up["steps"].as_array().unwrap();
    assert_eq!((&up["at"], steps.len(), &steps[0]["changes"]), (&23.into(), 2, &serde_json::json!(["users"])));
    assert_eq!(state(&program).0, 5);
}

#[test]
fn two_processes_that_upgrade_at_once_do_it_once() {
    let program = Program::new();
    program.ok(&["db", "init"]);
    program.ok(&["db", "downgrade", "--revision", "0", "--allow-data-loss"]);
    let done: Vec<_> = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..2).map(|_| scope.spawn(|| program.ok(&["db", "upgrade"]))).collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    let count = |line: &str| done.iter().flat_map(|said| said.lines()).filter(|said| said.contains(line)).count();
    assert_eq!((count("applied 0001_users"), count("applied 0012"), count("nothing to do")), (1, 1, 1), "{done:?}");
    assert_eq!(state(&program).0, 0);
}
