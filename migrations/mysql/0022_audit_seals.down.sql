-- loses-data: audit_seals
DROP TABLE audit_seals;
