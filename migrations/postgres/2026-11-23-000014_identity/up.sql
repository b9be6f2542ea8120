-- Issuers of signed tokens that an enterprise trusts to say which pipeline is running.
CREATE TABLE trusted_issuers (
  id TEXT PRIMARY KEY NOT NULL,
  enterprise_id TEXT NOT NULL REFERENCES enterprises (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  preset TEXT NOT NULL CHECK (preset IN ('gitlab', 'github', 'gitee', 'generic')),
  -- As it names itself, byte for byte.
  url TEXT NOT NULL,
  audience TEXT NOT NULL,
  -- The claim with an immutable id, where the preset does not know one.
  bound_claim TEXT,
  -- Separated by spaces.
  algorithms TEXT NOT NULL,
  -- A key set that was uploaded; without one the issuer is asked.
  key_set TEXT,
  token_minutes INTEGER NOT NULL,
  disabled_at BIGINT,
  -- Raised by every change; a token that was exchanged before is refused.
  revision INTEGER NOT NULL,
  submission TEXT NOT NULL,
  created_by TEXT NOT NULL REFERENCES members (id),
  created_at BIGINT NOT NULL,
  UNIQUE (enterprise_id, url, audience),
  UNIQUE (enterprise_id, submission)
);
CREATE INDEX trusted_issuers_url ON trusted_issuers (url);

-- What a token must say to stand for a project or a repository.
CREATE TABLE identity_rules (
  id TEXT PRIMARY KEY NOT NULL,
  issuer_id TEXT NOT NULL REFERENCES trusted_issuers (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  project_id TEXT REFERENCES projects (id) ON DELETE CASCADE,
  repository_id TEXT REFERENCES repositories (id) ON DELETE CASCADE,
  -- JSON: the claims, how each is compared, and with what.
  demands TEXT NOT NULL,
  submission TEXT NOT NULL,
  created_by TEXT NOT NULL REFERENCES members (id),
  created_at BIGINT NOT NULL,
  UNIQUE (issuer_id, submission),
  CHECK ((project_id IS NULL) <> (repository_id IS NULL))
);

-- Tokens that are used up. Nothing refers to an issuer: one that is removed and added again opens no second time.
CREATE TABLE used_identities (
  digest BYTEA PRIMARY KEY NOT NULL,
  -- The end of the token, with the leeway that it is given.
  expires_at BIGINT NOT NULL
);
CREATE INDEX used_identities_expires ON used_identities (expires_at);

-- What was given for them.
CREATE TABLE exchanged_tokens (
  public_id TEXT PRIMARY KEY NOT NULL,
  secret_hash BYTEA NOT NULL,
  rule_id TEXT NOT NULL REFERENCES identity_rules (id) ON DELETE CASCADE,
  issuer_revision INTEGER NOT NULL,
  -- JSON: the signed facts of the run.
  run TEXT NOT NULL,
  expires_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX exchanged_tokens_expires ON exchanged_tokens (expires_at);
CREATE INDEX exchanged_tokens_rule ON exchanged_tokens (rule_id);
