-- Codes that stand in for a second factor once each. Only SHA-256 is kept, over the user's id and the code.
CREATE TABLE recovery_codes (
    id BINARY(16) NOT NULL,
    user_id BINARY(16) NOT NULL,
    code_hash VARBINARY(32) NOT NULL,
    spent_at BIGINT NULL,
    spent_by BINARY(16) NULL,
    PRIMARY KEY (id),
    UNIQUE KEY recovery_codes_user_id_code_hash_key (user_id, code_hash),
    CONSTRAINT recovery_codes_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
