-- One row a family of refresh tokens, not one a token: rotation is a single conditional UPDATE of this row.
-- There is no index on `expires_at`, because it slides with every rotation: an index would turn the hottest write from
-- one tree into two (and keep PostgreSQL from updating in place, HOT). The sweeper comes here from the sessions, whose
-- `expires_at` stands still; a family never outlives its session.
CREATE TABLE refresh_tokens (
    id BINARY(16) NOT NULL,
    session_id BINARY(16) NOT NULL,
    user_id BINARY(16) NOT NULL,
    client_id BINARY(16) NULL,
    mac_key_id BINARY(16) NOT NULL,
    generation BIGINT NOT NULL,
    rotated_at BIGINT NULL,
    rotated_by BINARY(16) NULL,
    expires_at BIGINT NOT NULL,
    revoked BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (id),
    KEY refresh_tokens_session_id (session_id),
    CONSTRAINT refresh_tokens_session_id_fkey FOREIGN KEY (session_id) REFERENCES sessions (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
