-- One account. `email` and `username` are shown as entered; the `_key` columns are their normalised forms and decide
-- who is who. `hashed_password` is NULL for somebody who signs in through a provider only.
-- `auth_epoch` and `claims_version` are raised in the same unit of work as their cause and a row in `revocations`.
CREATE TABLE users (
    id BLOB NOT NULL PRIMARY KEY,
    email TEXT,
    email_key TEXT,
    username TEXT,
    username_key TEXT,
    hashed_password TEXT,
    active INTEGER NOT NULL CHECK (active IN (0, 1)),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    last_login INTEGER,
    mfa_secret BLOB,
    mfa_enabled INTEGER NOT NULL CHECK (mfa_enabled IN (0, 1)),
    mfa_last_step INTEGER,
    metadata TEXT,
    display_name TEXT,
    email_verified_at INTEGER,
    auth_epoch INTEGER NOT NULL,
    claims_version INTEGER NOT NULL,
    password_changed_at INTEGER,
    must_change_password INTEGER NOT NULL CHECK (must_change_password IN (0, 1)),
    locked_at INTEGER,
    guard INTEGER NOT NULL,
    CONSTRAINT users_named_check CHECK (email IS NOT NULL OR username IS NOT NULL),
    CONSTRAINT users_email_check CHECK ((email IS NULL) = (email_key IS NULL)),
    CONSTRAINT users_username_check CHECK ((username IS NULL) = (username_key IS NULL))
) STRICT;
CREATE UNIQUE INDEX users_email_key ON users (email_key);
CREATE UNIQUE INDEX users_username_key ON users (username_key);
CREATE INDEX users_created_at_id ON users (created_at, id);
