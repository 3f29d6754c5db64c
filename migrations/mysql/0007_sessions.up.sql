-- One sign-in on one device. `expires_at` is absolute and never moves. `amr` holds RFC 8176 names, separated by spaces.
-- Ending one session sets `revoked_at`; a session whose `auth_epoch` differs from that of its user is dead as well.
CREATE TABLE sessions (
    id BINARY(16) NOT NULL,
    user_id BINARY(16) NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    auth_time BIGINT NOT NULL,
    auth_epoch BIGINT NOT NULL,
    amr VARCHAR(255) NOT NULL,
    ip VARCHAR(45) NULL,
    user_agent VARCHAR(512) NULL,
    revoked_at BIGINT NULL,
    revoke_reason VARCHAR(255) NULL,
    PRIMARY KEY (id),
    KEY sessions_user_id (user_id),
    KEY sessions_expires_at (expires_at),
    KEY sessions_revoked_at (revoked_at),
    CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
