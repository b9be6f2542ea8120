CREATE TABLE access_keys (
  id TEXT PRIMARY KEY NOT NULL,
  enterprise_id TEXT NOT NULL REFERENCES enterprises (id) ON DELETE CASCADE,
  -- The part of the key that is not secret; what a look-up goes by.
  public_id TEXT NOT NULL,
  name TEXT NOT NULL,
  secret_hash BLOB NOT NULL,
  project_id TEXT REFERENCES projects (id) ON DELETE CASCADE,
  repository_id TEXT REFERENCES repositories (id) ON DELETE CASCADE,
  expires_at BIGINT,
  revoked_at BIGINT,
  submission TEXT NOT NULL,
  created_by TEXT NOT NULL REFERENCES members (id),
  created_at BIGINT NOT NULL,
  last_used_at BIGINT,
  UNIQUE (public_id),
  UNIQUE (enterprise_id, submission),
  CHECK ((project_id IS NULL) <> (repository_id IS NULL))
);
CREATE INDEX access_keys_enterprise ON access_keys (enterprise_id, created_at);
