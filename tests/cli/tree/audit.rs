//! `audit …`.

use super::row::{Json, Leaf, NOTHING, asked, misuse, plainly};

pub const LEAVES: &[Leaf] = &[
    Leaf {
        path: "audit verify",
        without_database: Some(&[]),
        prepare: NOTHING,
        misuses: &[
            misuse(&["--expect", "1"], 2, "a seal's number, a colon and 64 hexadecimal digits"),
            misuse(&["--expect", "0:00"], 2, "a seal's number, a colon and 64 hexadecimal digits"),
        ],
        // One that is expected and was never made is a finding.
        json: Json::Flag(|_| vec![asked(["--expect", &format!("1:{}", "0".repeat(64))]).code(1), asked([""; 0])]),
    },
    Leaf {
        path: "audit export",
        without_database: Some(&[]),
        prepare: NOTHING,
        misuses: &[
            misuse(&["--after", "yesterday"], 2, "must be a moment like"),
            misuse(&["--before", "2026-01-31"], 2, "must be a moment like"),
        ],
        json: Json::Always(plainly),
    },
    Leaf {
        path: "audit search",
        without_database: Some(&[]),
        prepare: NOTHING,
        misuses: &[
            misuse(&["--action", "everything"], 2, "is no action of the audit trail"),
            misuse(&["--outcome", "failure"], 2, "must be success or refused"),
            misuse(&["--user", "ada"], 2, "--user"),
            misuse(&["--ip", "nowhere"], 2, "--ip"),
            misuse(&["--after", "yesterday"], 2, "must be a moment like"),
        ],
        json: Json::Always(|_| vec![asked(["--action", "role.created", "--limit", "2"])]),
    },
    Leaf {
        path: "audit tail",
        without_database: Some(&[]),
        prepare: NOTHING,
        misuses: &[misuse(&["-n", "-1"], 2, "-1"), misuse(&["-n", "all"], 2, "invalid digit")],
        json: Json::Always(|_| vec![asked(["-n", "3"])]),
    },
];
