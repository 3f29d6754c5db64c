-- The keys that make and check refresh tokens, sealed under SECRET_KEY. A family keeps its key for life, so a retired
-- key stays until the last family that it made is gone. (`key` is a reserved word in MySQL, hence `sealed_key`.)
CREATE TABLE mac_keys (
    id BINARY(16) NOT NULL,
    sealed_key VARBINARY(512) NOT NULL,
    created_at BIGINT NOT NULL,
    retired_at BIGINT NULL,
    PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
