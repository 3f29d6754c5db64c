-- Programs that sign in for themselves (RFC 6749, client credentials). `secret_hash` is the SHA-256 of 256 random bits:
-- nothing that can be guessed, so nothing that needs a slow hash. `permissions` are separated by spaces.
CREATE TABLE service_clients (
    id UUID NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    secret_hash BYTEA NOT NULL,
    permissions TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    CONSTRAINT service_clients_pkey PRIMARY KEY (id),
    CONSTRAINT service_clients_name_key UNIQUE (name)
);
