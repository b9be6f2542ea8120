ALTER TABLE exchanged_tokens DROP COLUMN sealing_key;
ALTER TABLE trusted_issuers DROP COLUMN key_bound;
