-- What happened, written in the unit that it tells of. Nothing of it is personal data: that stands in `audit_personal` and
-- enters here as a salted digest, so that it can be erased. The ids name no rows that have to be there still. `seal` is
-- the seal that the event is under, `place` its place in it, `link` the hash chain up to it; NULL until it is sealed.
CREATE TABLE audit_events (
    id BLOB NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    node BLOB NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id BLOB,
    action TEXT NOT NULL,
    subject_id BLOB,
    session_id BLOB,
    outcome TEXT NOT NULL,
    request_id TEXT,
    detail TEXT NOT NULL,
    personal_digest BLOB NOT NULL,
    seal INTEGER,
    place INTEGER,
    link BLOB
) STRICT;
CREATE INDEX audit_events_at_id ON audit_events (at, id);
CREATE INDEX audit_events_subject_id_at_id ON audit_events (subject_id, at, id);
CREATE INDEX audit_events_actor_id_at_id ON audit_events (actor_id, at, id);
CREATE INDEX audit_events_action_at_id ON audit_events (action, at, id);
CREATE INDEX audit_events_outcome_at_id ON audit_events (outcome, at, id);
CREATE INDEX audit_events_seal_at_id ON audit_events (seal, at, id);
