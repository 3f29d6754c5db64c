-- loses-data: audit_events
DROP TABLE audit_events;
