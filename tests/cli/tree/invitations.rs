//! `invitations …`.

use super::row::{Json, Leaf, SOME_LINE, asked, misuse};

pub const LEAVES: &[Leaf] = &[Leaf {
    path: "invitations create",
    without_database: Some(&[]),
    prepare: |program| {
        program.run_with_input(&["db", "create-admin", "--email", "taken@example.com", "--password-stdin"], SOME_LINE);
    },
    misuses: &[
        misuse(&["--email", "no address"], 2, "--email"),
        misuse(&["--email", "taken@example.com"], 4, "has an account"),
    ],
    json: Json::Flag(|_| vec![asked(["--email", "new@example.com"]), asked([""; 0])]),
}];
