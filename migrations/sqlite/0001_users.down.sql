-- loses-data: users
DROP TABLE users;
