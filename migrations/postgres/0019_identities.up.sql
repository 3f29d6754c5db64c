-- Who somebody is at another provider. An identity is (issuer, subject), never an address; it belongs to one user.
CREATE TABLE identities (
    id UUID NOT NULL,
    user_id UUID NOT NULL,
    provider TEXT NOT NULL,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    email TEXT,
    linked_at BIGINT NOT NULL,
    CONSTRAINT identities_pkey PRIMARY KEY (id),
    CONSTRAINT identities_issuer_subject_key UNIQUE (issuer, subject),
    CONSTRAINT identities_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX identities_user_id ON identities (user_id);
