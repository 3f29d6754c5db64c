-- Things that work once. Only the SHA-256 of the token is kept; `payload` is sealed; `spent_by` is the attempt that
-- consumed it, so that a repeated unit recognises its own work.
CREATE TABLE one_time_tokens (
    id BLOB NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    token_hash BLOB NOT NULL,
    user_id BLOB,
    payload BLOB,
    attempts INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    spent_at INTEGER,
    spent_by BLOB,
    created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX one_time_tokens_token_hash_key ON one_time_tokens (token_hash);
CREATE INDEX one_time_tokens_expires_at ON one_time_tokens (expires_at);
