-- Programs that sign in for themselves (RFC 6749, client credentials). `secret_hash` is the SHA-256 of 256 random bits:
-- nothing that can be guessed, so nothing that needs a slow hash. `permissions` are separated by spaces.
CREATE TABLE service_clients (
    id BINARY(16) NOT NULL,
    name VARCHAR(128) NOT NULL,
    secret_hash VARBINARY(32) NOT NULL,
    permissions TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY service_clients_name_key (name)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
