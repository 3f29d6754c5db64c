-- loses-data: signing_keys
DROP TABLE signing_keys;
