//! `invitations …`.

use super::row::{Json, Leaf, SOME_LINE, asked, misuse, plainly};
use crate::program::Program;

pub const LEAVES: &[Leaf] = &[
    Leaf {
        path: "invitations create",
        without_database: Some(&[]),
        prepare: |program| {
            program
                .run_with_input(&["db", "create-admin", "--email", "taken@example.com", "--password-stdin"], SOME_LINE);
        },
        misuses: &[
            misuse(&["--email", "no address"], 2, "--email"),
            misuse(&["--email", "taken@example.com"], 4, "has an account"),
        ],
        json: Json::Flag(|_| vec![asked(["--email", "new@example.com"]), asked([""; 0])]),
    },
    Leaf {
        path: "invitations list",
        without_database: Some(&[]),
        prepare: two,
        misuses: &[misuse(&["all"], 2, "unexpected argument")],
        json: Json::Flag(plainly),
    },
    Leaf {
        path: "invitations withdraw",
        without_database: Some(&[NOBODYS]),
        prepare: two,
        misuses: &[
            misuse(&[], 2, "<INVITATION>"),
            misuse(&["mine"], 2, "INVITATION"),
            misuse(&[NOBODYS], 3, "`keystead invitations list`"),
        ],
        json: Json::Flag(|program| {
            let listed = program.ok(&["invitations", "list"]);
            vec![asked([listed.split(' ').next().unwrap()])]
        }),
    },
];

const NOBODYS: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

fn two(program: &Program) {
    program.ok(&["invitations", "create"]);
    program.ok(&["invitations", "create", "--email", "ada@example.com"]);
}
