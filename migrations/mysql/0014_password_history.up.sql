-- Passwords that a user had before, so that they are not chosen again where PASSWORD_HISTORY says so. PHC strings.
CREATE TABLE password_history (
    id BINARY(16) NOT NULL,
    user_id BINARY(16) NOT NULL,
    hashed_password VARCHAR(512) NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (id),
    KEY password_history_user_id_id (user_id, id),
    CONSTRAINT password_history_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
