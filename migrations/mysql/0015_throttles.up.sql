-- Failures that were counted, shared by the nodes. `key_hash` is SHA-256 of what is throttled: an account, a network.
-- Written on failures only; swept a day after the first of them.
CREATE TABLE throttles (
    key_hash VARBINARY(32) NOT NULL,
    kind VARCHAR(32) NOT NULL,
    failures BIGINT NOT NULL,
    first_failure_at BIGINT NOT NULL,
    blocked_until BIGINT NULL,
    PRIMARY KEY (key_hash, kind),
    KEY throttles_first_failure_at (first_failure_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
