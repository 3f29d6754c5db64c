-- Things that work once. Only the SHA-256 of the token is kept; `payload` is sealed; `spent_by` is the attempt that
-- consumed it, so that a repeated unit recognises its own work.
CREATE TABLE one_time_tokens (
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    token_hash BYTEA NOT NULL,
    user_id UUID,
    payload BYTEA,
    attempts BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    spent_at BIGINT,
    spent_by UUID,
    created_at BIGINT NOT NULL,
    CONSTRAINT one_time_tokens_pkey PRIMARY KEY (id),
    CONSTRAINT one_time_tokens_token_hash_key UNIQUE (token_hash)
);
CREATE INDEX one_time_tokens_expires_at ON one_time_tokens (expires_at);
