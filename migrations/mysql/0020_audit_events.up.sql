-- What happened, written in the unit that it tells of. Nothing of it is personal data: that stands in `audit_personal` and
-- enters here as a salted digest, so that it can be erased. The ids name no rows that have to be there still. `seal` is
-- the seal that the event is under, `place` its place in it, `link` the hash chain up to it; NULL until it is sealed.
CREATE TABLE audit_events (
    id BINARY(16) NOT NULL,
    at BIGINT NOT NULL,
    node BINARY(16) NOT NULL,
    actor_kind VARCHAR(16) NOT NULL,
    actor_id BINARY(16) NULL,
    action VARCHAR(64) NOT NULL,
    subject_id BINARY(16) NULL,
    session_id BINARY(16) NULL,
    outcome VARCHAR(16) NOT NULL,
    request_id VARCHAR(64) NULL,
    detail TEXT NOT NULL,
    personal_digest VARBINARY(32) NOT NULL,
    seal BIGINT NULL,
    place BIGINT NULL,
    link VARBINARY(32) NULL,
    PRIMARY KEY (id),
    KEY audit_events_at_id (at, id),
    KEY audit_events_subject_id_at_id (subject_id, at, id),
    KEY audit_events_actor_id_at_id (actor_id, at, id),
    KEY audit_events_action_at_id (action, at, id),
    KEY audit_events_outcome_at_id (outcome, at, id),
    KEY audit_events_seal_at_id (seal, at, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
