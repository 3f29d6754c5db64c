-- What ends access tokens before they expire, read again and again in the order of (at, id), the cursor of the feed.
-- The ids name no rows, so that what is deleted can still be refused. `epoch` belongs to the kind user, `version` to
-- claims; a row goes once the last access token that it concerns has expired.
CREATE TABLE revocations (
    id BINARY(16) NOT NULL,
    at BIGINT NOT NULL,
    kind VARCHAR(32) NOT NULL,
    session_id BINARY(16) NULL,
    user_id BINARY(16) NULL,
    epoch BIGINT NULL,
    except_session_id BINARY(16) NULL,
    version BIGINT NULL,
    reason VARCHAR(255) NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (id),
    KEY revocations_at_id (at, id),
    KEY revocations_expires_at (expires_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
