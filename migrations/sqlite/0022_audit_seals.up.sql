-- A seal holds the events that name it in their order: `count` of them, `root` the last link of their chain, and
-- `previous_root` the hash of the seal before. Numbered from 1 without a gap; a seal outlives its events.
CREATE TABLE audit_seals (
    seq INTEGER NOT NULL PRIMARY KEY,
    count INTEGER NOT NULL,
    root BLOB NOT NULL,
    previous_root BLOB NOT NULL,
    sealed_at INTEGER NOT NULL,
    signature BLOB NOT NULL
) STRICT;
