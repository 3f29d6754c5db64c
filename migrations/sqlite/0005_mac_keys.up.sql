-- The keys that make and check refresh tokens, sealed under SECRET_KEY. A family keeps its key for life, so a retired
-- key stays until the last family that it made is gone. (`key` is a reserved word in MySQL, hence `sealed_key`.)
CREATE TABLE mac_keys (
    id BLOB NOT NULL PRIMARY KEY,
    sealed_key BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    retired_at INTEGER
) STRICT;
