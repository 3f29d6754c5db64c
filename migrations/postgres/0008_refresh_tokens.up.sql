-- One row a family of refresh tokens, not one a token: rotation is a single conditional UPDATE of this row.
-- There is no index on `expires_at`, because it slides with every rotation: an index would turn the hottest write from
-- one tree into two (and keep PostgreSQL from updating in place, HOT). The sweeper comes here from the sessions, whose
-- `expires_at` stands still; a family never outlives its session.
CREATE TABLE refresh_tokens (
    id UUID NOT NULL,
    session_id UUID NOT NULL,
    user_id UUID NOT NULL,
    client_id UUID,
    mac_key_id UUID NOT NULL,
    generation BIGINT NOT NULL,
    rotated_at BIGINT,
    rotated_by UUID,
    expires_at BIGINT NOT NULL,
    revoked BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    CONSTRAINT refresh_tokens_pkey PRIMARY KEY (id),
    CONSTRAINT refresh_tokens_session_id_fkey FOREIGN KEY (session_id) REFERENCES sessions (id)
);
CREATE INDEX refresh_tokens_session_id ON refresh_tokens (session_id);
