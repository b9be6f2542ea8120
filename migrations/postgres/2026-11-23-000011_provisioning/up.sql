-- Keys with which programs look after the directory of an enterprise.
CREATE TABLE provisioning_keys (
  id TEXT PRIMARY KEY NOT NULL,
  enterprise_id TEXT NOT NULL REFERENCES enterprises (id) ON DELETE CASCADE,
  -- The part of the key that is not secret; what a look-up goes by.
  public_id TEXT NOT NULL,
  name TEXT NOT NULL,
  secret_hash BYTEA NOT NULL,
  expires_at BIGINT,
  revoked_at BIGINT,
  submission TEXT NOT NULL,
  created_by TEXT NOT NULL REFERENCES members (id),
  created_at BIGINT NOT NULL,
  last_used_at BIGINT,
  UNIQUE (public_id),
  UNIQUE (enterprise_id, submission)
);
CREATE INDEX provisioning_keys_enterprise ON provisioning_keys (enterprise_id, created_at);
