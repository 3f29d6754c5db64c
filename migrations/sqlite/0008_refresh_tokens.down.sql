-- loses-data: refresh_tokens
DROP TABLE refresh_tokens;
