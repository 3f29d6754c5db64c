-- The keys that sign access tokens. `id` is the `kid`: the RFC 7638 thumbprint, 43 characters of base64url.
-- A key is published from `created_at` on and signs from `active_from` on, so that caches of the JWKS know it first.
CREATE TABLE signing_keys (
    id VARCHAR(43) NOT NULL,
    algorithm VARCHAR(16) NOT NULL,
    private_key BLOB NOT NULL,
    public_jwk TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    active_from BIGINT NOT NULL,
    retired_at BIGINT NULL,
    PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
