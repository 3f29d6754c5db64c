-- loses-data: recovery_codes
DROP TABLE recovery_codes;
