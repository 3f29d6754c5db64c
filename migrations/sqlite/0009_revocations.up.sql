-- What ends access tokens before they expire, read again and again in the order of (at, id), the cursor of the feed.
-- The ids name no rows, so that what is deleted can still be refused. `epoch` belongs to the kind user, `version` to
-- claims; a row goes once the last access token that it concerns has expired.
CREATE TABLE revocations (
    id BLOB NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    session_id BLOB,
    user_id BLOB,
    epoch INTEGER,
    except_session_id BLOB,
    version INTEGER,
    reason TEXT,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX revocations_at_id ON revocations (at, id);
CREATE INDEX revocations_expires_at ON revocations (expires_at);
