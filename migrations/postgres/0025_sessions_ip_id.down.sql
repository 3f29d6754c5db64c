-- loses-data: nothing
DROP INDEX sessions_ip_id;
