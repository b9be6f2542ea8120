CREATE TABLE credentials (
  id TEXT PRIMARY KEY NOT NULL,
  enterprise_id TEXT NOT NULL REFERENCES enterprises (id) ON DELETE CASCADE,
  credential_type TEXT NOT NULL,
  name TEXT NOT NULL,
  token TEXT NOT NULL,
  description TEXT NOT NULL,
  responsible_id TEXT NOT NULL REFERENCES members (id),
  state TEXT NOT NULL CHECK (state IN ('active', 'disabled', 'deleted')),
  state_changed_at BIGINT NOT NULL,
  expires_at BIGINT,
  current_version INTEGER NOT NULL,
  project_scope TEXT NOT NULL CHECK (project_scope IN ('all', 'chosen')),
  repository_scope TEXT NOT NULL CHECK (repository_scope IN ('all', 'chosen')),
  -- Plain text of the type (its summary and searchable plain fields), derived from the current version.
  summary TEXT NOT NULL,
  -- Raised by every change of the row; a form that was opened on an older one gets a conflict.
  revision BIGINT NOT NULL,
  -- Names the form that created it, so that one form sent twice creates one credential.
  submission TEXT NOT NULL,
  created_by TEXT NOT NULL REFERENCES members (id),
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  last_used_at BIGINT,
  UNIQUE (enterprise_id, token),
  UNIQUE (enterprise_id, submission)
);
CREATE INDEX credentials_list ON credentials (enterprise_id, state, created_at, id);
CREATE INDEX credentials_type ON credentials (enterprise_id, credential_type, state);
CREATE INDEX credentials_responsible ON credentials (responsible_id);
CREATE TABLE credential_projects (
  credential_id TEXT NOT NULL REFERENCES credentials (id) ON DELETE CASCADE,
  project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  PRIMARY KEY (credential_id, project_id)
);
CREATE INDEX credential_projects_project ON credential_projects (project_id);
CREATE TABLE credential_repositories (
  credential_id TEXT NOT NULL REFERENCES credentials (id) ON DELETE CASCADE,
  repository_id TEXT NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  PRIMARY KEY (credential_id, repository_id)
);
CREATE INDEX credential_repositories_repository ON credential_repositories (repository_id);
-- Immutable, except that moving to a new sealing key replaces envelopes and signs the manifest again.
CREATE TABLE credential_versions (
  credential_id TEXT NOT NULL REFERENCES credentials (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  variant TEXT NOT NULL,
  plain TEXT NOT NULL,
  content_expires_at BIGINT,
  signing_key_id BYTEA NOT NULL,
  signature BYTEA NOT NULL,
  submission TEXT NOT NULL,
  created_by TEXT NOT NULL REFERENCES members (id),
  created_at BIGINT NOT NULL,
  PRIMARY KEY (credential_id, number)
);
CREATE TABLE sealed_fields (
  credential_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  field TEXT NOT NULL,
  key_id BYTEA NOT NULL,
  envelope BYTEA NOT NULL,
  fingerprint BYTEA NOT NULL,
  PRIMARY KEY (credential_id, number, field),
  FOREIGN KEY (credential_id, number) REFERENCES credential_versions (credential_id, number) ON DELETE CASCADE
);
CREATE INDEX sealed_fields_fingerprint ON sealed_fields (fingerprint);
CREATE INDEX sealed_fields_key ON sealed_fields (key_id);
-- The sealing and signing keys this database needs; start-up refuses when one is missing from the key files.
CREATE TABLE needed_keys (
  key_id BYTEA PRIMARY KEY NOT NULL,
  purpose TEXT NOT NULL CHECK (purpose IN ('sealing', 'signing')),
  first_used_at BIGINT NOT NULL
);
