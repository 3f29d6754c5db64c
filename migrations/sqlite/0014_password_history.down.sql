-- loses-data: password_history
DROP TABLE password_history;
