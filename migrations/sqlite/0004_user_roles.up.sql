-- Who holds which role. `granted_by` names no row on purpose: the grant outlives the account that gave it.
CREATE TABLE user_roles (
    user_id BLOB NOT NULL,
    role_id BLOB NOT NULL,
    granted_at INTEGER NOT NULL,
    granted_by BLOB,
    PRIMARY KEY (user_id, role_id),
    CONSTRAINT user_roles_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT user_roles_role_id_fkey FOREIGN KEY (role_id) REFERENCES roles (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX user_roles_role_id ON user_roles (role_id);
