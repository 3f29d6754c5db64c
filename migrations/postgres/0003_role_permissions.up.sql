-- What a role allows, one row a permission. No cascade: who deletes a role deletes these rows first, in the same unit.
CREATE TABLE role_permissions (
    role_id UUID NOT NULL,
    permission TEXT COLLATE "C" NOT NULL,
    CONSTRAINT role_permissions_pkey PRIMARY KEY (role_id, permission),
    CONSTRAINT role_permissions_role_id_fkey FOREIGN KEY (role_id) REFERENCES roles (id)
);
