-- Codes that stand in for a second factor once each. Only SHA-256 is kept, over the user's id and the code.
CREATE TABLE recovery_codes (
    id BLOB NOT NULL PRIMARY KEY,
    user_id BLOB NOT NULL,
    code_hash BLOB NOT NULL,
    spent_at INTEGER,
    spent_by BLOB,
    CONSTRAINT recovery_codes_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id)
) STRICT;
CREATE UNIQUE INDEX recovery_codes_user_id_code_hash_key ON recovery_codes (user_id, code_hash);
