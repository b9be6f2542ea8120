-- Whether an issuer's tokens have to name the key that answers are sealed to.
ALTER TABLE trusted_issuers ADD COLUMN key_bound BOOLEAN NOT NULL DEFAULT FALSE;
-- The SHA-256 of that key, where the token named one.
ALTER TABLE exchanged_tokens ADD COLUMN sealing_key BYTEA;
