-- What began at one address, in the order of ids, which is that of time: sessions that are ended together.
CREATE INDEX sessions_ip_id ON sessions (ip, id);
