-- Things that work once. Only the SHA-256 of the token is kept; `payload` is sealed; `spent_by` is the attempt that
-- consumed it, so that a repeated unit recognises its own work.
CREATE TABLE one_time_tokens (
    id BINARY(16) NOT NULL,
    kind VARCHAR(32) NOT NULL,
    token_hash VARBINARY(32) NOT NULL,
    user_id BINARY(16) NULL,
    payload BLOB NULL,
    attempts BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    spent_at BIGINT NULL,
    spent_by BINARY(16) NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY one_time_tokens_token_hash_key (token_hash),
    KEY one_time_tokens_expires_at (expires_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
