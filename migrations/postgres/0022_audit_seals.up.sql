-- A seal holds the events that name it in their order: `count` of them, `root` the last link of their chain, and
-- `previous_root` the hash of the seal before. Numbered from 1 without a gap; a seal outlives its events.
CREATE TABLE audit_seals (
    seq BIGINT NOT NULL,
    count BIGINT NOT NULL,
    root BYTEA NOT NULL,
    previous_root BYTEA NOT NULL,
    sealed_at BIGINT NOT NULL,
    signature BYTEA NOT NULL,
    CONSTRAINT audit_seals_pkey PRIMARY KEY (seq)
);
