-- loses-data: one_time_tokens
DROP TABLE one_time_tokens;
