//! `roles …`.

use super::row::{Json, Leaf, asked, misuse};
use super::users::people;
use crate::program::Program;

fn with_role(program: &Program) {
    people(program);
    program.run(&["roles", "create", "support", "--permission", "users:read"]);
}

pub const LEAVES: &[Leaf] = &[
    Leaf {
        path: "roles list",
        without_database: Some(&[]),
        prepare: with_role,
        misuses: &[misuse(&["support"], 2, "unexpected argument")],
        json: Json::Flag(|_| vec![asked([""; 0])]),
    },
    Leaf {
        path: "roles create",
        without_database: Some(&["helper"]),
        prepare: with_role,
        misuses: &[
            misuse(&[], 2, "<ROLE>"),
            misuse(&["Helper"], 2, "a role's name is"),
            misuse(&["helper", "--permission", "everything"], 2, "--permission"),
            misuse(&["helper", "--permission", "*:*"], 2, "only the role admin has wildcards"),
            misuse(&["helper", "--description", ""], 2, "a description is"),
            misuse(&["support"], 4, "`keystead roles update` changes"),
        ],
        json: Json::Flag(|_| {
            vec![asked(["helper", "--description", "Helps", "--permission", "users:read"]), asked(["nothing"])]
        }),
    },
    Leaf {
        path: "roles update",
        without_database: Some(&["support", "--no-permissions"]),
        prepare: with_role,
        misuses: &[
            misuse(&["support"], 2, "there is nothing to change"),
            misuse(&["support", "--permission", "a:b", "--no-permissions"], 2, "cannot be used with"),
            misuse(&["none", "--no-permissions"], 3, "`keystead roles list` shows them"),
            misuse(&["admin", "--no-permissions"], 6, "built in"),
        ],
        json: Json::Flag(|_| {
            vec![asked(["support", "--description", "Helps"]), asked(["support", "--no-description"])]
        }),
    },
    Leaf {
        path: "roles grant",
        without_database: Some(&["support", "ada"]),
        prepare: with_role,
        misuses: &[
            misuse(&["support"], 2, "<USER>"),
            misuse(&["none", "ada"], 3, "no such role"),
            misuse(&["support", "nobody"], 3, "nobody is"),
        ],
        json: Json::Flag(|_| vec![asked(["support", "ada"]), asked(["support", "bob"])]),
    },
    Leaf {
        path: "roles revoke",
        without_database: Some(&["support", "ada"]),
        prepare: with_role,
        misuses: &[
            misuse(&["support"], 2, "<USER>"),
            misuse(&["none", "ada"], 3, "no such role"),
            misuse(&["admin", "bob"], 6, "make another one first"),
        ],
        json: Json::Flag(|_| vec![asked(["support", "ada"]), asked(["support", "bob"])]),
    },
    Leaf {
        path: "roles delete",
        without_database: Some(&["support", "--yes"]),
        prepare: with_role,
        misuses: &[
            misuse(&["none", "--yes"], 3, "no such role"),
            misuse(&["support"], 2, "say --yes to do it, or --dry-run"),
            misuse(&["admin", "--yes"], 6, "make one of your own"),
            misuse(&["admin", "--dry-run"], 6, "built in"),
        ],
        json: Json::Flag(|_| vec![asked(["support", "--dry-run"]), asked(["support", "--yes"])]),
    },
];
