-- Who does what only one node at a time may do. `fence` rises with each new holder and never falls; a holder writes
-- under the condition that the fence is still its own. (Migrating has a lease of its own, `schema_lease`, because it
-- must exist before this table does.)
CREATE TABLE leases (
    name TEXT NOT NULL PRIMARY KEY,
    holder BLOB NOT NULL,
    fence INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
