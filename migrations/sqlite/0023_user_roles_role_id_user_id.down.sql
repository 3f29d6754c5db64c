-- loses-data: nothing
DROP INDEX user_roles_role_id_user_id;
CREATE INDEX user_roles_role_id ON user_roles (role_id);
