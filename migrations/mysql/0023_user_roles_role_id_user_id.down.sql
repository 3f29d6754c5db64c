-- loses-data: nothing
ALTER TABLE user_roles ADD INDEX user_roles_role_id (role_id), DROP INDEX user_roles_role_id_user_id;
