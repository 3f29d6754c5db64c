-- A seal holds the events that name it in their order: `count` of them, `root` the last link of their chain, and
-- `previous_root` the hash of the seal before. Numbered from 1 without a gap; a seal outlives its events.
CREATE TABLE audit_seals (
    seq BIGINT NOT NULL,
    count BIGINT NOT NULL,
    root VARBINARY(32) NOT NULL,
    previous_root VARBINARY(32) NOT NULL,
    sealed_at BIGINT NOT NULL,
    signature VARBINARY(255) NOT NULL,
    PRIMARY KEY (seq)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
