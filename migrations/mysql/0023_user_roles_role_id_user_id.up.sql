-- Who holds a role, in the order of their ids, which is that of time.
ALTER TABLE user_roles ADD INDEX user_roles_role_id_user_id (role_id, user_id), DROP INDEX user_roles_role_id;
