-- Who does what only one node at a time may do. `fence` rises with each new holder and never falls; a holder writes
-- under the condition that the fence is still its own. (Migrating has a lease of its own, `schema_lease`, because it
-- must exist before this table does.)
CREATE TABLE leases (
    name TEXT COLLATE "C" NOT NULL,
    holder UUID NOT NULL,
    fence BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT leases_pkey PRIMARY KEY (name)
);
