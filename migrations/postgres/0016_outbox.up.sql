-- Mail that is to be sent, written in the unit that it tells of. `payload` is sealed, and gone once the mail is sent.
CREATE TABLE outbox (
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    recipient TEXT NOT NULL,
    payload BYTEA,
    attempts BIGINT NOT NULL,
    next_attempt_at BIGINT NOT NULL,
    sent_at BIGINT,
    created_at BIGINT NOT NULL,
    CONSTRAINT outbox_pkey PRIMARY KEY (id)
);
CREATE INDEX outbox_sent_at_next_attempt_at ON outbox (sent_at, next_attempt_at);
