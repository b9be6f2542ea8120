ALTER TABLE members DROP COLUMN proof_since;
ALTER TABLE sign_in_attempts DROP COLUMN used_at;
ALTER TABLE sign_in_attempts DROP COLUMN enterprise;
