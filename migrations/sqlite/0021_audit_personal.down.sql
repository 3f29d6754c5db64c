-- loses-data: audit_personal
DROP TABLE audit_personal;
