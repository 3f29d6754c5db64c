//! `users …`, `roles …`, `sessions …`: what scripts rely on. Each command and its misuses stand in the walk (`tree/`).

use serde_json::Value;

use crate::program::{Program, SECRET_KEY};

fn with_database() -> Program {
    let program = Program::new();
    program.ok(&["db", "init"]);
    program
}

fn json(program: &Program, arguments: &[&str]) -> Value {
    serde_json::from_str(&program.ok(&[arguments, &["--json"]].concat())).unwrap()
}

/// The events of the trail but for looks at it, each by its action and the kind of whoever did it.
fn trail(program: &Program) -> Vec<(String, String)> {
    let told = program.ok(&["audit", "tail", "-n", "50"]);
    let event = |line: &str| {
        let event: Value = serde_json::from_str(line).unwrap();
        let word = |value: &Value| value.as_str().unwrap().to_owned();
        (word(&event["action"]), word(&event["actor"]["kind"]))
    };
    told.lines().map(event).filter(|(action, _)| action != "audit.read").collect()
}

#[test]
fn somebody_is_named_by_id_address_or_username() {
    let program = with_database();
    let made = json(&program, &["users", "create", "--email", "Ada@example.com", "--username", "Ada"]);
    let id = made["id"].as_str().unwrap();
    for name in [id, "ada@EXAMPLE.com", "aDA", &id.to_uppercase()] {
        assert_eq!(json(&program, &["users", "get", name])["id"], made["id"], "{name}");
    }
    // Whose username looks like an id is found by it, unless it is somebody's id.
    let odd = "01890000-0000-7000-8000-000000000000";
    let other = json(&program, &["users", "create", "--username", odd]);
    assert_eq!(json(&program, &["users", "get", odd])["id"], other["id"]);
}

#[test]
fn upsert_makes_then_changes_then_leaves_alone() {
    let program = with_database();
    let wanted = ["users", "upsert", "--email", "ada@example.com", "--email-verified", "--role", "auditor"];
    let made = json(&program, &[&wanted[..], &["--generate"]].concat());
    assert_eq!((&made["outcome"], &made["email_verified"]), (&"created".into(), &true.into()), "{made}");
    assert!(made["temporary_password"].is_string() && made["must_change_password"] == true, "{made}");
    assert_eq!(made["roles"], serde_json::json!(["auditor", "user"]));

    let before = trail(&program).len();
    let same = json(&program, &[&wanted[..], &["--generate"]].concat());
    assert_eq!(same["outcome"], "unchanged");
    assert!(same.get("temporary_password").is_none(), "one that is there keeps its own: {same}");
    assert_eq!(same["updated_at"], made["updated_at"]);
    assert_eq!(trail(&program).len(), before);

    let other = json(&program, &[&wanted[..], &["--display-name", "Ada", "--active", "false"]].concat());
    assert_eq!((&other["outcome"], &other["active"]), (&"changed".into(), &false.into()), "{other}");
    let other = json(&program, &[&wanted[..], &["--role", "admin"]].concat());
    assert_eq!(
        (&other["outcome"], &other["display_name"]),
        (&"changed".into(), &"Ada".into()),
        "what is not said stays"
    );
    assert_eq!(other["roles"], serde_json::json!(["admin", "auditor", "user"]));
}

#[test]
fn what_an_operator_does_stands_in_the_trail_as_theirs() {
    let program = with_database();
    program.ok(&["users", "create", "--username", "ada", "--email", "ada@example.com", "--generate"]);
    let deeds: [(&[&str], &str); 12] = [
        (&["users", "update", "ada", "--display-name", "Ada"], "user.changed"),
        (&["users", "lock", "ada"], "user.locked"),
        (&["users", "unlock", "ada"], "user.unlocked"),
        (&["users", "verify-email", "ada"], "email.verified"),
        (&["users", "set-password", "ada", "--generate"], "password.set"),
        (&["roles", "create", "support"], "role.created"),
        (&["roles", "update", "support", "--permission", "users:read"], "role.changed"),
        (&["roles", "grant", "support", "ada"], "role.granted"),
        (&["users", "roles", "remove", "ada", "support"], "role.taken"),
        (&["roles", "delete", "support", "--yes"], "role.deleted"),
        (&["sessions", "revoke-user", "ada"], "sessions.ended"),
        (&["users", "delete", "ada", "--yes"], "user.deleted"),
    ];
    for (arguments, action) in deeds {
        let seen = trail(&program).len();
        program.ok(arguments);
        assert_eq!(trail(&program)[seen..], [(action.to_owned(), "operator".to_owned())], "{arguments:?}");
    }
    let verified = program.ok(&["audit", "verify"]);
    assert!(verified.contains("seals"), "{verified}");
}

#[test]
fn a_dry_run_changes_nothing() {
    let program = with_database();
    program.ok(&["users", "create", "--username", "ada"]);
    program.ok(&["roles", "create", "support"]);
    let before = trail(&program).len();
    for arguments in [
        &["users", "delete", "ada", "--dry-run"][..],
        &["roles", "delete", "support", "--dry-run"],
        &["mfa", "reset", "ada", "--dry-run"],
        &["sessions", "revoke-all", "--dry-run"],
    ] {
        assert_eq!(json(&program, arguments)["dry_run"], true, "{arguments:?}");
    }
    assert_eq!(trail(&program).len(), before);
    assert!(program.ok(&["users", "list"]).contains("ada") && program.ok(&["roles", "list"]).contains("support"));
}

/// Run in another folder, a development key may be made there; what is sealed with it nobody could open.
#[test]
fn with_another_secret_key_nothing_is_done() {
    let program = Program::new().with("SECRET_KEY", SECRET_KEY);
    program.ok(&["db", "init"]);
    program.ok(&["users", "create", "--username", "ada"]);
    program.serve(&[]).stop();
    let another = program.with("SECRET_KEY", &SECRET_KEY.replace('Z', "Y"));
    let ran = another.run(&["users", "set-password", "ada", "--generate"]);
    assert!(ran.code == 2 && ran.err.contains("SECRET_KEY is not the one") && ran.out.is_empty(), "{ran:?}");
    let knowing = another.with("SECRET_KEY_PREVIOUS", SECRET_KEY);
    knowing.ok(&["users", "set-password", "ada", "--generate"]);
}

#[test]
fn a_list_goes_on_past_its_pages() {
    let program = with_database();
    for number in 0..5 {
        program.ok(&["users", "create", "--username", &format!("user-{number}")]);
    }
    let names = |arguments: &[&str]| {
        let listed = program.ok(&[&["users", "list", "--json"], arguments].concat());
        let name = |line: &str| serde_json::from_str::<Value>(line).unwrap()["username"].as_str().unwrap().to_owned();
        listed.lines().map(name).collect::<Vec<_>>()
    };
    assert_eq!(names(&["--sort", "-created_at", "--limit", "2"]), ["user-4", "user-3"]);
    assert_eq!(names(&["--username", "USER"]), ["user-0", "user-1", "user-2", "user-3", "user-4"]);
    assert!(program.ok(&["users", "list", "--role", "admin"]).contains("nobody fits"));
    assert_eq!(program.ok(&["users", "list", "--role", "admin", "--json"]), "");
}
