-- The secrets of access keys: the current one has the highest number; the one before it may work on for a while.
CREATE TABLE access_key_secrets (
  key_id TEXT NOT NULL REFERENCES access_keys (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  hash BYTEA NOT NULL,
  -- Who saw it.
  made_by TEXT NOT NULL REFERENCES members (id),
  since BIGINT NOT NULL,
  -- NULL for the current one, which ends with the key.
  ends_at BIGINT,
  last_used_at BIGINT,
  PRIMARY KEY (key_id, number)
);
CREATE INDEX access_key_secrets_made_by ON access_key_secrets (made_by);
INSERT INTO access_key_secrets (key_id, number, hash, made_by, since, ends_at, last_used_at)
  SELECT id, 1, secret_hash, created_by, created_at, NULL, last_used_at FROM access_keys;
ALTER TABLE access_keys DROP COLUMN secret_hash;
-- From where a key works, and what it may ask for: 'these' are in the column beside it, with a blank between.
ALTER TABLE access_keys ADD COLUMN source_scope TEXT NOT NULL DEFAULT 'all' CHECK (source_scope IN ('all', 'these'));
ALTER TABLE access_keys ADD COLUMN sources TEXT NOT NULL DEFAULT '';
ALTER TABLE access_keys ADD COLUMN token_scope TEXT NOT NULL DEFAULT 'all' CHECK (token_scope IN ('all', 'these'));
ALTER TABLE access_keys ADD COLUMN tokens TEXT NOT NULL DEFAULT '';
ALTER TABLE access_keys ADD COLUMN last_used_address TEXT;
-- Lists go by name.
CREATE INDEX access_keys_name ON access_keys (enterprise_id, name);
-- What a key did lately.
CREATE INDEX audit_records_actor ON audit_records (actor_id, at);
