-- Who somebody is at another provider. An identity is (issuer, subject), never an address; it belongs to one user.
CREATE TABLE identities (
    id BINARY(16) NOT NULL,
    user_id BINARY(16) NOT NULL,
    provider VARCHAR(32) NOT NULL,
    issuer VARCHAR(255) NOT NULL,
    subject VARCHAR(255) NOT NULL,
    email VARCHAR(254) NULL,
    linked_at BIGINT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY identities_issuer_subject_key (issuer, subject),
    KEY identities_user_id (user_id),
    CONSTRAINT identities_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
