-- One row a family of refresh tokens, not one a token: rotation is a single conditional UPDATE of this row.
-- There is no index on `expires_at`, because it slides with every rotation: an index would turn the hottest write from
-- one tree into two (and keep PostgreSQL from updating in place, HOT). The sweeper comes here from the sessions, whose
-- `expires_at` stands still; a family never outlives its session.
CREATE TABLE refresh_tokens (
    id BLOB NOT NULL PRIMARY KEY,
    session_id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    client_id BLOB,
    mac_key_id BLOB NOT NULL,
    generation INTEGER NOT NULL,
    rotated_at INTEGER,
    rotated_by BLOB,
    expires_at INTEGER NOT NULL,
    revoked INTEGER NOT NULL CHECK (revoked IN (0, 1)),
    created_at INTEGER NOT NULL,
    CONSTRAINT refresh_tokens_session_id_fkey FOREIGN KEY (session_id) REFERENCES sessions (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_tokens_session_id ON refresh_tokens (session_id);
