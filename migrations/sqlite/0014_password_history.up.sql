-- Passwords that a user had before, so that they are not chosen again where PASSWORD_HISTORY says so. PHC strings.
CREATE TABLE password_history (
    id BLOB NOT NULL PRIMARY KEY,
    user_id BLOB NOT NULL,
    hashed_password TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    CONSTRAINT password_history_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id)
) STRICT;
CREATE INDEX password_history_user_id_id ON password_history (user_id, id);
