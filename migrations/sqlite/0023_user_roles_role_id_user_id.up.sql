-- Who holds a role, in the order of their ids, which is that of time.
DROP INDEX user_roles_role_id;
CREATE INDEX user_roles_role_id_user_id ON user_roles (role_id, user_id);
