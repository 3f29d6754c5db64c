-- Programs that sign in for themselves (RFC 6749, client credentials). `secret_hash` is the SHA-256 of 256 random bits:
-- nothing that can be guessed, so nothing that needs a slow hash. `permissions` are separated by spaces.
CREATE TABLE service_clients (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    secret_hash BLOB NOT NULL,
    permissions TEXT NOT NULL,
    active INTEGER NOT NULL CHECK (active IN (0, 1)),
    created_at INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT;
CREATE UNIQUE INDEX service_clients_name_key ON service_clients (name);
