-- loses-data: user_roles
DROP TABLE user_roles;
