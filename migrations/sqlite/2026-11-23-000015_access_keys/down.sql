DROP INDEX audit_records_actor;
DROP INDEX access_keys_name;
ALTER TABLE access_keys DROP COLUMN last_used_address;
ALTER TABLE access_keys DROP COLUMN tokens;
ALTER TABLE access_keys DROP COLUMN token_scope;
ALTER TABLE access_keys DROP COLUMN sources;
ALTER TABLE access_keys DROP COLUMN source_scope;
-- Only the current secret was known before.
ALTER TABLE access_keys ADD COLUMN secret_hash BLOB NOT NULL DEFAULT x'';
UPDATE access_keys SET secret_hash =
  (SELECT hash FROM access_key_secrets WHERE key_id = access_keys.id ORDER BY number DESC LIMIT 1);
DROP TABLE access_key_secrets;
