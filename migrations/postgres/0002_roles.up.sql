-- A role is a name for a set of permissions. `guard` is the row on which contenders for "the last administrator" meet.
CREATE TABLE roles (
    id UUID NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    description TEXT,
    built_in BOOLEAN NOT NULL,
    guard BIGINT NOT NULL,
    CONSTRAINT roles_pkey PRIMARY KEY (id),
    CONSTRAINT roles_name_key UNIQUE (name)
);
