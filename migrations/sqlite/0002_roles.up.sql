-- A role is a name for a set of permissions. `guard` is the row on which contenders for "the last administrator" meet.
CREATE TABLE roles (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT,
    built_in INTEGER NOT NULL CHECK (built_in IN (0, 1)),
    guard INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX roles_name_key ON roles (name);
