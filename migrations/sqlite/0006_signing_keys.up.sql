-- The keys that sign access tokens. `id` is the `kid`: the RFC 7638 thumbprint, 43 characters of base64url.
-- A key is published from `created_at` on and signs from `active_from` on, so that caches of the JWKS know it first.
CREATE TABLE signing_keys (
    id TEXT NOT NULL PRIMARY KEY,
    algorithm TEXT NOT NULL,
    private_key BLOB NOT NULL,
    public_jwk TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    active_from INTEGER NOT NULL,
    retired_at INTEGER
) STRICT;
