-- Who is in use or out of it, in the order of time.
CREATE INDEX users_active_created_at_id ON users (active, created_at, id);
