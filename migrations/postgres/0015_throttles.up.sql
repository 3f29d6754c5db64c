-- Failures that were counted, shared by the nodes. `key_hash` is SHA-256 of what is throttled: an account, a network.
-- Written on failures only; swept a day after the first of them.
CREATE TABLE throttles (
    key_hash BYTEA NOT NULL,
    kind TEXT NOT NULL,
    failures BIGINT NOT NULL,
    first_failure_at BIGINT NOT NULL,
    blocked_until BIGINT,
    CONSTRAINT throttles_pkey PRIMARY KEY (key_hash, kind)
);
CREATE INDEX throttles_first_failure_at ON throttles (first_failure_at);
