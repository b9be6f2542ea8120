ALTER TABLE sign_in_attempts DROP COLUMN fresh;
ALTER TABLE sign_ins DROP COLUMN authenticated_at;
