-- Mail that is to be sent, written in the unit that it tells of. `payload` is sealed, and gone once the mail is sent.
CREATE TABLE outbox (
    id BLOB NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    recipient TEXT NOT NULL,
    payload BLOB,
    attempts INTEGER NOT NULL,
    next_attempt_at INTEGER NOT NULL,
    sent_at INTEGER,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX outbox_sent_at_next_attempt_at ON outbox (sent_at, next_attempt_at);
