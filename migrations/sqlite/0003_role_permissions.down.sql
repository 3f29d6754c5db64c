-- loses-data: role_permissions
DROP TABLE role_permissions;
