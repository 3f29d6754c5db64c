-- loses-data: mac_keys
DROP TABLE mac_keys;
