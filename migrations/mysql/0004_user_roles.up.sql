-- Who holds which role. `granted_by` names no row on purpose: the grant outlives the account that gave it.
CREATE TABLE user_roles (
    user_id BINARY(16) NOT NULL,
    role_id BINARY(16) NOT NULL,
    granted_at BIGINT NOT NULL,
    granted_by BINARY(16) NULL,
    PRIMARY KEY (user_id, role_id),
    KEY user_roles_role_id (role_id),
    CONSTRAINT user_roles_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT user_roles_role_id_fkey FOREIGN KEY (role_id) REFERENCES roles (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
