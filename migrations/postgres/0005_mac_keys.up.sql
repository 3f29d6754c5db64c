-- The keys that make and check refresh tokens, sealed under SECRET_KEY. A family keeps its key for life, so a retired
-- key stays until the last family that it made is gone. (`key` is a reserved word in MySQL, hence `sealed_key`.)
CREATE TABLE mac_keys (
    id UUID NOT NULL,
    sealed_key BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    retired_at BIGINT,
    CONSTRAINT mac_keys_pkey PRIMARY KEY (id)
);
