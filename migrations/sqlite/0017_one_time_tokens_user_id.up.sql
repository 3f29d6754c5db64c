-- What is still good of one kind for one user: withdrawn when a newer one is sent.
CREATE INDEX one_time_tokens_user_id_kind ON one_time_tokens (user_id, kind);
