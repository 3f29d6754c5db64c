-- Who does what only one node at a time may do. `fence` rises with each new holder and never falls; a holder writes
-- under the condition that the fence is still its own. (Migrating has a lease of its own, `schema_lease`, because it
-- must exist before this table does.)
CREATE TABLE leases (
    name VARCHAR(64) NOT NULL,
    holder BINARY(16) NOT NULL,
    fence BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (name)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
