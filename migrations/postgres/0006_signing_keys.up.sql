-- The keys that sign access tokens. `id` is the `kid`: the RFC 7638 thumbprint, 43 characters of base64url.
-- A key is published from `created_at` on and signs from `active_from` on, so that caches of the JWKS know it first.
CREATE TABLE signing_keys (
    id TEXT COLLATE "C" NOT NULL,
    algorithm TEXT NOT NULL,
    private_key BYTEA NOT NULL,
    public_jwk TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    active_from BIGINT NOT NULL,
    retired_at BIGINT,
    CONSTRAINT signing_keys_pkey PRIMARY KEY (id)
);
