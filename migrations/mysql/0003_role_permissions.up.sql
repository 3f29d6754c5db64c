-- What a role allows, one row a permission. No cascade: who deletes a role deletes these rows first, in the same unit.
CREATE TABLE role_permissions (
    role_id BINARY(16) NOT NULL,
    permission VARCHAR(100) NOT NULL,
    PRIMARY KEY (role_id, permission),
    CONSTRAINT role_permissions_role_id_fkey FOREIGN KEY (role_id) REFERENCES roles (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
