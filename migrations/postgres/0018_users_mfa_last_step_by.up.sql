-- The attempt that moved `mfa_last_step`: a unit whose COMMIT was not heard runs again, and finds its own work by it.
ALTER TABLE users ADD COLUMN mfa_last_step_by UUID;
