-- loses-data: nothing
DROP INDEX one_time_tokens_user_id_kind ON one_time_tokens;
