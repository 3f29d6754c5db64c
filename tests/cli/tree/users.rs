//! `users …`.

use super::row::{Asked, Json, Leaf, Misuse, SOME_LINE, asked, misuse};
use crate::program::Program;

/// Ada has everything that an account may have; Bob has a username and no more, and is the only administrator.
pub fn people(program: &Program) {
    let ada = ["--email", "ada@example.com", "--username", "ada", "--display-name", "Ada", "--metadata", "{\"a\":1}"];
    let ada = [&["users", "create", "--password-stdin", "--email-verified"], &ada[..]].concat();
    program.run_with_input(&ada, SOME_LINE);
    program.run(&["users", "create", "--username", "bob", "--role", "admin"]);
}

/// An account with everything, and one with next to nothing.
fn both(_program: &Program) -> Vec<Asked> {
    vec![asked(["ada@example.com"]), asked(["bob"])]
}

fn ada(_program: &Program) -> Vec<Asked> {
    vec![asked(["ada"])]
}

const NOBODY: Misuse = misuse(&["nobody"], 3, "nobody is \"nobody\"");
const NO_NAME: Misuse = misuse(&[], 2, "<USER>");

const fn deed(path: &'static str, misuses: &'static [Misuse], json: fn(&Program) -> Vec<Asked>) -> Leaf {
    Leaf { path, without_database: Some(&["ada"]), prepare: people, misuses, json: Json::Flag(json) }
}

pub const LEAVES: &[Leaf] = &[
    Leaf {
        path: "users create",
        without_database: Some(&["--username", "eve"]),
        prepare: people,
        misuses: &[
            misuse(&[], 2, "say --email, --username or both"),
            misuse(&["--email", "nowhere"], 2, "--email"),
            misuse(&["--username", "a b"], 2, "--username"),
            misuse(&["--username", "eve", "--metadata", "[]"], 2, "metadata is a JSON object"),
            misuse(&["--username", "eve", "--active", "maybe"], 2, "--active"),
            misuse(&["--username", "eve", "--password", "x"], 2, "unexpected argument"),
            misuse(&["--username", "eve", "--password-stdin", "--generate"], 2, "cannot be used with"),
            misuse(&["--username", "eve", "--password-stdin"], 2, "there is none"),
            misuse(&["--username", "eve", "--password-stdin"], 6, "--generate makes one").input("short\n"),
            misuse(&["--username", "eve", "--role", "No Role"], 2, "a role's name"),
            misuse(&["--username", "eve", "--role", "none"], 3, "there is no role none"),
            misuse(&["--email", "ADA@example.com"], 4, "`keystead users upsert` changes"),
            misuse(&["--username", "Bob"], 4, "the username is taken"),
        ],
        json: Json::Flag(|_| {
            let whole = ["--email", "eve@example.com", "--username", "eve", "--display-name", "Eve", "--generate"];
            let metadata = ["--metadata", "{\"a\":1}", "--role", "auditor"];
            vec![asked([&whole[..], &metadata].concat()), asked(["--username", "fay"])]
        }),
    },
    Leaf {
        path: "users upsert",
        without_database: Some(&["--username", "eve"]),
        prepare: people,
        misuses: &[
            misuse(&[], 2, "say --email, --username or both"),
            misuse(&["--email", "ada@example.com", "--username", "bob"], 4, "name the account by what it has already"),
            misuse(&["--email", "eve@example.com", "--username", "bob"], 4, "two different accounts"),
            misuse(&["--username", "ada", "--role", "none"], 3, "there is no role none"),
            misuse(&["--username", "bob", "--active", "false"], 6, "there would be no administrator left"),
        ],
        json: Json::Flag(|_| {
            let new = asked(["--email", "eve@example.com", "--username", "eve", "--generate"]);
            let same = asked(["--email", "ada@example.com", "--username", "ada"]);
            vec![new, same, asked(["--username", "bob", "--display-name", "Bob"])]
        }),
    },
    Leaf {
        path: "users list",
        without_database: Some(&[]),
        prepare: people,
        misuses: &[
            misuse(&["--sort", "size"], 2, "must be one of -created_at"),
            misuse(&["--email", "a", "--sort", "username"], 2, "in the order of that name"),
            misuse(&["--username", "a b"], 2, "no username begins so"),
            misuse(&["--created-after", "monday"], 2, "must be a moment like"),
            misuse(&["--limit", "few"], 2, "invalid digit"),
        ],
        json: Json::Flag(|_| vec![asked([""; 0])]),
    },
    deed("users get", &[NO_NAME, NOBODY, misuse(&["no body"], 3, "a whole e-mail address")], both),
    Leaf {
        path: "users update",
        without_database: Some(&["ada", "--active", "true"]),
        prepare: people,
        misuses: &[
            NO_NAME,
            misuse(&["ada"], 2, "there is nothing to change"),
            misuse(&["nobody", "--active", "true"], 3, "nobody is"),
            misuse(&["ada", "--display-name", "", "--active", "true"], 2, "a display name is not empty"),
            misuse(&["ada", "--metadata", "{}", "--no-metadata"], 2, "cannot be used with"),
            misuse(&["bob", "--email-verified", "true"], 6, "there is nothing to verify"),
            misuse(&["bob", "--active", "false"], 6, "`keystead db create-admin`"),
        ],
        json: Json::Flag(|_| vec![asked(["ada", "--active", "false"]), asked(["bob", "--no-display-name"])]),
    },
    Leaf {
        path: "users set-password",
        without_database: Some(&["ada", "--generate"]),
        prepare: people,
        misuses: &[
            NO_NAME,
            misuse(&["nobody", "--generate"], 3, "nobody is"),
            misuse(&["ada"], 2, "pipe it in with --password-stdin, or say --generate"),
            misuse(&["ada", "three plain words"], 2, "unexpected argument"),
            misuse(&["ada", "--password-stdin"], 6, "too weak").input("ada\n"),
        ],
        json: Json::Flag(|_| {
            let given = Asked { input: "three other words\n".to_owned(), ..asked(["ada", "--password-stdin"]) };
            vec![asked(["ada", "--generate"]), given]
        }),
    },
    deed("users require-password-change", &[NO_NAME, NOBODY, misuse(&["bob"], 6, "set-password")], ada),
    deed("users lock", &[NO_NAME, NOBODY, misuse(&["bob"], 6, "no administrator left")], ada),
    deed("users unlock", &[NO_NAME, NOBODY], both),
    deed("users verify-email", &[NO_NAME, NOBODY, misuse(&["bob"], 6, "no e-mail address")], ada),
    Leaf {
        path: "users delete",
        without_database: Some(&["ada", "--yes"]),
        prepare: people,
        misuses: &[
            NO_NAME,
            misuse(&["nobody", "--yes"], 3, "nobody is"),
            misuse(&["ada"], 2, "say --yes to do it, or --dry-run"),
            misuse(&["ada", "--yes", "--dry-run"], 2, "cannot be used with"),
            misuse(&["bob", "--yes"], 6, "make another one first"),
        ],
        json: Json::Flag(|_| vec![asked(["ada", "--dry-run"]), asked(["ada", "--yes"])]),
    },
    Leaf {
        path: "users roles add",
        without_database: Some(&["ada", "auditor"]),
        prepare: people,
        misuses: &[
            misuse(&["ada"], 2, "<ROLE>"),
            misuse(&["nobody", "auditor"], 3, "nobody is"),
            misuse(&["ada", "none"], 3, "`keystead roles list` shows them"),
            misuse(&["ada", "Auditor"], 2, "a role's name"),
        ],
        json: Json::Flag(|_| vec![asked(["ada", "auditor"]), asked(["bob", "auditor"])]),
    },
    Leaf {
        path: "users roles remove",
        without_database: Some(&["ada", "auditor"]),
        prepare: people,
        misuses: &[
            misuse(&["ada"], 2, "<ROLE>"),
            misuse(&["ada", "none"], 3, "no such role"),
            misuse(&["bob", "admin"], 6, "make another one first"),
        ],
        json: Json::Flag(|_| vec![asked(["ada", "user"]), asked(["bob", "auditor"])]),
    },
];
