-- Mail that is to be sent, written in the unit that it tells of. `payload` is sealed, and gone once the mail is sent.
CREATE TABLE outbox (
    id BINARY(16) NOT NULL,
    kind VARCHAR(32) NOT NULL,
    recipient VARCHAR(320) NOT NULL,
    payload BLOB NULL,
    attempts BIGINT NOT NULL,
    next_attempt_at BIGINT NOT NULL,
    sent_at BIGINT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (id),
    KEY outbox_sent_at_next_attempt_at (sent_at, next_attempt_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
