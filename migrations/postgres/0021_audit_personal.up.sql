-- Whom an event was about or came from, as far as that is personal: a row goes when its person is deleted, and the event
-- stays. `person_id` is whose data it is. The salt goes with the row, so the digest in the event tells nothing any more.
CREATE TABLE audit_personal (
    event_id UUID NOT NULL,
    person_id UUID,
    salt BYTEA NOT NULL,
    ip TEXT,
    user_agent TEXT,
    identifier TEXT,
    CONSTRAINT audit_personal_pkey PRIMARY KEY (event_id)
);
CREATE INDEX audit_personal_person_id ON audit_personal (person_id);
CREATE INDEX audit_personal_ip ON audit_personal (ip);
CREATE INDEX audit_personal_identifier ON audit_personal (identifier);
