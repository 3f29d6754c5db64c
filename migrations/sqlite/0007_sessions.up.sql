-- One sign-in on one device. `expires_at` is absolute and never moves. `amr` holds RFC 8176 names, separated by spaces.
-- Ending one session sets `revoked_at`; a session whose `auth_epoch` differs from that of its user is dead as well.
CREATE TABLE sessions (
    id BLOB NOT NULL PRIMARY KEY,
    user_id BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    auth_time INTEGER NOT NULL,
    auth_epoch INTEGER NOT NULL,
    amr TEXT NOT NULL,
    ip TEXT,
    user_agent TEXT,
    revoked_at INTEGER,
    revoke_reason TEXT,
    CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id)
) STRICT;
CREATE INDEX sessions_user_id ON sessions (user_id);
CREATE INDEX sessions_expires_at ON sessions (expires_at);
CREATE INDEX sessions_revoked_at ON sessions (revoked_at);
