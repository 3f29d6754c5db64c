//! `db …`.

use super::row::{Asked, Json, Leaf, NOTHING, SOME_LINE, asked, misuse, plainly};
use crate::program::Program;

const A_BACKUP: fn(&Program) = |program| {
    program.ok(&["db", "backup", "-o", "ready.db"]);
};

pub const LEAVES: &[Leaf] = &[
    Leaf {
        path: "db init",
        without_database: None,
        prepare: NOTHING,
        misuses: &[misuse(&["now"], 2, "unexpected argument")],
        json: Json::Flag(|program| {
            std::fs::remove_dir_all(program.path("data")).unwrap();
            vec![asked([""; 0])]
        }),
    },
    Leaf {
        path: "db upgrade",
        without_database: Some(&[]),
        prepare: NOTHING,
        misuses: &[
            misuse(&["--revision", "tail"], 2, "must be the number of a migration"),
            misuse(&["--revision", "9999"], 3, "no migration 9999"),
        ],
        json: Json::Flag(|program| {
            program.ok(&["db", "downgrade", "--revision", "11", "--allow-data-loss"]);
            vec![asked([""; 0])]
        }),
    },
    Leaf {
        path: "db plan",
        without_database: Some(&[]),
        prepare: NOTHING,
        misuses: &[
            misuse(&["--downgrade", "9999"], 3, "no migration 9999"),
            misuse(&["--downgrade", "1", "--revision", "2"], 2, "cannot be used with"),
        ],
        json: Json::Flag(|_| vec![asked([""; 0]), asked(["--downgrade", "0"])]),
    },
    Leaf {
        path: "db downgrade",
        without_database: Some(&["--revision", "0"]),
        prepare: NOTHING,
        misuses: &[
            misuse(&[], 2, "--revision <NUMBER>"),
            misuse(&["--revision", "head"], 2, "must be the number of a migration"),
            misuse(&["--revision", "0"], 6, "say --allow-data-loss"),
        ],
        json: Json::Flag(|_| vec![asked(["--revision", "11", "--allow-data-loss"])]),
    },
    Leaf {
        path: "db migrate",
        without_database: None,
        prepare: NOTHING,
        misuses: &[misuse(&[], 2, "--message"), misuse(&["-m", "new table"], 3, "run this in a checkout")],
        json: Json::Flag(|program| {
            std::fs::create_dir_all(program.path("migrations/sqlite")).unwrap();
            vec![asked(["-m", "new table"])]
        }),
    },
    Leaf {
        path: "db status",
        without_database: Some(&[]),
        prepare: NOTHING,
        misuses: &[misuse(&["0001"], 2, "unexpected argument")],
        json: Json::Flag(plainly),
    },
    Leaf {
        path: "db backup",
        without_database: Some(&["-o", "backup.db"]),
        prepare: A_BACKUP,
        misuses: &[
            misuse(&["-o", "ready.db"], 4, "is there already"),
            misuse(&["-o", "no/such/folder/file"], 1, "see whether the folder is there"),
            misuse(&["backup.db"], 2, "unexpected argument"),
        ],
        json: Json::Flag(|_| vec![asked(["-o", "another.db"])]),
    },
    Leaf {
        path: "db restore",
        without_database: None,
        prepare: A_BACKUP,
        misuses: &[
            misuse(&[], 2, "<FILE>"),
            misuse(&["nothing.db"], 3, "there is no file nothing.db"),
            misuse(&["data/keystead.db"], 3, "belongs beside the file"),
            misuse(&["ready.db"], 2, "say --yes"),
        ],
        json: Json::Flag(|_| vec![asked(["ready.db", "--dry-run"]), asked(["ready.db", "--yes"])]),
    },
    Leaf {
        path: "db copy",
        without_database: Some(&["--to", "sqlite:another.db"]),
        prepare: NOTHING,
        misuses: &[
            misuse(&[], 2, "--to <DATABASE>"),
            misuse(&["--to", "another.db"], 2, "must be `configured`"),
            misuse(&["--to", "configured"], 2, "the same database"),
            misuse(&["--to", "postgres://k:hunter2@db.example/keystead"], 2, "COPY_TO_PASSWORD"),
        ],
        json: Json::Flag(|_| vec![asked(["--to", "sqlite:another.db"])]),
    },
    Leaf {
        path: "db create-roles",
        without_database: Some(&[]),
        prepare: NOTHING,
        misuses: &[misuse(&["admin"], 2, "unexpected argument")],
        json: Json::Flag(plainly),
    },
    Leaf {
        path: "db create-admin",
        without_database: Some(&["--email", "you@example.com", "--password-stdin"]),
        prepare: NOTHING,
        misuses: &[
            misuse(&[], 2, "say --username or --email"),
            misuse(&["--email", "nobody"], 2, "the e-mail address"),
            misuse(&["--email", "you@example.com"], 2, "--password-stdin"),
            misuse(&["--email", "you@example.com", "--password", "x"], 2, "unexpected argument"),
            misuse(&["--email", "you@example.com", "--password-stdin"], 6, "too weak").input("short\n"),
        ],
        json: Json::Flag(|_| {
            let input = SOME_LINE.to_owned();
            vec![Asked { input, ..asked(["--email", "you@example.com", "--password-stdin"]) }]
        }),
    },
];
