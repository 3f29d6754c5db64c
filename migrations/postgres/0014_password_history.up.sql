-- Passwords that a user had before, so that they are not chosen again where PASSWORD_HISTORY says so. PHC strings.
CREATE TABLE password_history (
    id UUID NOT NULL,
    user_id UUID NOT NULL,
    hashed_password TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    CONSTRAINT password_history_pkey PRIMARY KEY (id),
    CONSTRAINT password_history_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX password_history_user_id_id ON password_history (user_id, id);
