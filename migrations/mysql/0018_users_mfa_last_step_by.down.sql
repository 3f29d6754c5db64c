-- loses-data: nothing
ALTER TABLE users DROP COLUMN mfa_last_step_by;
