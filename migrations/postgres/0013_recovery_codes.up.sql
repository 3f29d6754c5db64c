-- Codes that stand in for a second factor once each. Only SHA-256 is kept, over the user's id and the code.
CREATE TABLE recovery_codes (
    id UUID NOT NULL,
    user_id UUID NOT NULL,
    code_hash BYTEA NOT NULL,
    spent_at BIGINT,
    spent_by UUID,
    CONSTRAINT recovery_codes_pkey PRIMARY KEY (id),
    CONSTRAINT recovery_codes_user_id_code_hash_key UNIQUE (user_id, code_hash),
    CONSTRAINT recovery_codes_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id)
);
