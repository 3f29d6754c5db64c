-- One account. `email` and `username` are shown as entered; the `_key` columns are their normalised forms and decide
-- who is who. `hashed_password` is NULL for somebody who signs in through a provider only.
-- `auth_epoch` and `claims_version` are raised in the same unit of work as their cause and a row in `revocations`.
CREATE TABLE users (
    id BINARY(16) NOT NULL,
    email VARCHAR(320) NULL,
    email_key VARCHAR(320) NULL,
    username VARCHAR(64) NULL,
    username_key VARCHAR(64) NULL,
    hashed_password VARCHAR(512) NULL,
    active BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    last_login BIGINT NULL,
    mfa_secret VARBINARY(512) NULL,
    mfa_enabled BOOLEAN NOT NULL,
    mfa_last_step BIGINT NULL,
    metadata TEXT NULL,
    display_name VARCHAR(128) NULL,
    email_verified_at BIGINT NULL,
    auth_epoch BIGINT NOT NULL,
    claims_version BIGINT NOT NULL,
    password_changed_at BIGINT NULL,
    must_change_password BOOLEAN NOT NULL,
    locked_at BIGINT NULL,
    guard BIGINT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY users_email_key (email_key),
    UNIQUE KEY users_username_key (username_key),
    KEY users_created_at_id (created_at, id),
    CONSTRAINT users_named_check CHECK (email IS NOT NULL OR username IS NOT NULL),
    CONSTRAINT users_email_check CHECK ((email IS NULL) = (email_key IS NULL)),
    CONSTRAINT users_username_check CHECK ((username IS NULL) = (username_key IS NULL))
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
