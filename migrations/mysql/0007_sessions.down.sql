-- loses-data: sessions
DROP TABLE sessions;
