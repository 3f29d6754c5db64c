-- Whom an event was about or came from, as far as that is personal: a row goes when its person is deleted, and the event
-- stays. `person_id` is whose data it is. The salt goes with the row, so the digest in the event tells nothing any more.
CREATE TABLE audit_personal (
    event_id BINARY(16) NOT NULL,
    person_id BINARY(16) NULL,
    salt VARBINARY(32) NOT NULL,
    ip VARCHAR(45) NULL,
    user_agent VARCHAR(512) NULL,
    identifier VARCHAR(320) NULL,
    PRIMARY KEY (event_id),
    KEY audit_personal_person_id (person_id),
    KEY audit_personal_ip (ip),
    KEY audit_personal_identifier (identifier)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
