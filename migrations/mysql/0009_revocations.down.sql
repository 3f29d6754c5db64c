-- loses-data: revocations
DROP TABLE revocations;
