//! `config …`.

use super::row::{Json, Leaf, NOTHING, asked, misuse};

pub const LEAVES: &[Leaf] = &[
    Leaf {
        path: "config check",
        without_database: None,
        prepare: NOTHING,
        misuses: &[
            misuse(&["--listen", "nowhere"], 2, "LISTEN (from the command line): is \"nowhere\"; must be"),
            misuse(&["LISTEN"], 2, "unexpected argument"),
        ],
        json: Json::Flag(|_| vec![asked(["--listen", "nowhere"]).code(2), asked([""; 0])]),
    },
    Leaf {
        path: "config show",
        without_database: None,
        prepare: NOTHING,
        misuses: &[misuse(&["LISTEN"], 2, "unexpected argument")],
        json: Json::Flag(|program| {
            std::fs::write(program.path(".env"), "ADMIN_PASSWORD_FILE=password.txt\n").unwrap();
            vec![asked([""; 0])]
        }),
    },
];
