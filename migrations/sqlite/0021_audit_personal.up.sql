-- Whom an event was about or came from, as far as that is personal: a row goes when its person is deleted, and the event
-- stays. `person_id` is whose data it is. The salt goes with the row, so the digest in the event tells nothing any more.
CREATE TABLE audit_personal (
    event_id BLOB NOT NULL PRIMARY KEY,
    person_id BLOB,
    salt BLOB NOT NULL,
    ip TEXT,
    user_agent TEXT,
    identifier TEXT
) STRICT;
CREATE INDEX audit_personal_person_id ON audit_personal (person_id);
CREATE INDEX audit_personal_ip ON audit_personal (ip);
CREATE INDEX audit_personal_identifier ON audit_personal (identifier);
