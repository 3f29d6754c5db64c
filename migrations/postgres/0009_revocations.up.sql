-- What ends access tokens before they expire, read again and again in the order of (at, id), the cursor of the feed.
-- The ids name no rows, so that what is deleted can still be refused. `epoch` belongs to the kind user, `version` to
-- claims; a row goes once the last access token that it concerns has expired.
CREATE TABLE revocations (
    id UUID NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    session_id UUID,
    user_id UUID,
    epoch BIGINT,
    except_session_id UUID,
    version BIGINT,
    reason TEXT,
    expires_at BIGINT NOT NULL,
    CONSTRAINT revocations_pkey PRIMARY KEY (id)
);
CREATE INDEX revocations_at_id ON revocations (at, id);
CREATE INDEX revocations_expires_at ON revocations (expires_at);
