-- Who somebody is at another provider. An identity is (issuer, subject), never an address; it belongs to one user.
CREATE TABLE identities (
    id BLOB NOT NULL PRIMARY KEY,
    user_id BLOB NOT NULL,
    provider TEXT NOT NULL,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    email TEXT,
    linked_at INTEGER NOT NULL,
    CONSTRAINT identities_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id)
) STRICT;
CREATE UNIQUE INDEX identities_issuer_subject_key ON identities (issuer, subject);
CREATE INDEX identities_user_id ON identities (user_id);
