-- loses-data: nothing
DROP INDEX users_active_created_at_id;
