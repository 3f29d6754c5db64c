-- One account. `email` and `username` are shown as entered; the `_key` columns are their normalised forms and decide
-- who is who. `hashed_password` is NULL for somebody who signs in through a provider only.
-- `auth_epoch` and `claims_version` are raised in the same unit of work as their cause and a row in `revocations`.
-- Keys are compared and sorted by their bytes (COLLATE "C"), as on the other databases; so a prefix search is a range.
CREATE TABLE users (
    id UUID NOT NULL,
    email TEXT,
    email_key TEXT COLLATE "C",
    username TEXT,
    username_key TEXT COLLATE "C",
    hashed_password TEXT,
    active BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    last_login BIGINT,
    mfa_secret BYTEA,
    mfa_enabled BOOLEAN NOT NULL,
    mfa_last_step BIGINT,
    metadata TEXT,
    display_name TEXT,
    email_verified_at BIGINT,
    auth_epoch BIGINT NOT NULL,
    claims_version BIGINT NOT NULL,
    password_changed_at BIGINT,
    must_change_password BOOLEAN NOT NULL,
    locked_at BIGINT,
    guard BIGINT NOT NULL,
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_email_key UNIQUE (email_key),
    CONSTRAINT users_username_key UNIQUE (username_key),
    CONSTRAINT users_named_check CHECK (email IS NOT NULL OR username IS NOT NULL),
    CONSTRAINT users_email_check CHECK ((email IS NULL) = (email_key IS NULL)),
    CONSTRAINT users_username_check CHECK ((username IS NULL) = (username_key IS NULL))
);
CREATE INDEX users_created_at_id ON users (created_at, id);
