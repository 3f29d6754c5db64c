-- loses-data: roles
DROP TABLE roles;
