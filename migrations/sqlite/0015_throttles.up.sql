-- Failures that were counted, shared by the nodes. `key_hash` is SHA-256 of what is throttled: an account, a network.
-- Written on failures only; swept a day after the first of them.
CREATE TABLE throttles (
    key_hash BLOB NOT NULL,
    kind TEXT NOT NULL,
    failures INTEGER NOT NULL,
    first_failure_at INTEGER NOT NULL,
    blocked_until INTEGER,
    PRIMARY KEY (key_hash, kind)
) STRICT;
CREATE INDEX throttles_first_failure_at ON throttles (first_failure_at);
