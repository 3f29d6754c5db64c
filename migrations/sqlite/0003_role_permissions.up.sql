-- What a role allows, one row a permission. No cascade: who deletes a role deletes these rows first, in the same unit.
CREATE TABLE role_permissions (
    role_id BLOB NOT NULL,
    permission TEXT NOT NULL,
    PRIMARY KEY (role_id, permission),
    CONSTRAINT role_permissions_role_id_fkey FOREIGN KEY (role_id) REFERENCES roles (id)
) STRICT, WITHOUT ROWID;
