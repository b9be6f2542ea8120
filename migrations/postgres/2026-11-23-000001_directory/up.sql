CREATE TABLE enterprises (
  id TEXT PRIMARY KEY NOT NULL,
  slug TEXT NOT NULL,
  name TEXT NOT NULL,
  -- Raised in the transaction of every change that can alter a decision; see resolve/mod.rs.
  policy_epoch BIGINT NOT NULL DEFAULT 1,
  created_at BIGINT NOT NULL,
  UNIQUE (slug)
);
CREATE TABLE projects (
  id TEXT PRIMARY KEY NOT NULL,
  enterprise_id TEXT NOT NULL REFERENCES enterprises (id) ON DELETE CASCADE,
  slug TEXT NOT NULL,
  name TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (enterprise_id, slug)
);
CREATE TABLE repositories (
  id TEXT PRIMARY KEY NOT NULL,
  enterprise_id TEXT NOT NULL REFERENCES enterprises (id) ON DELETE CASCADE,
  project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  slug TEXT NOT NULL,
  name TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (enterprise_id, slug)
);
CREATE INDEX repositories_project ON repositories (project_id);
CREATE TABLE members (
  id TEXT PRIMARY KEY NOT NULL,
  enterprise_id TEXT NOT NULL REFERENCES enterprises (id) ON DELETE CASCADE,
  -- Who this is: issuer and subject, never an e-mail address.
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  name TEXT NOT NULL,
  email TEXT,
  role TEXT NOT NULL CHECK (role IN ('owner', 'administrator', 'auditor', 'member')),
  state TEXT NOT NULL CHECK (state IN ('active', 'disabled')),
  created_at BIGINT NOT NULL,
  UNIQUE (enterprise_id, issuer, subject)
);
CREATE INDEX members_subject ON members (issuer, subject);
CREATE TABLE project_members (
  project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  member_id TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
  role TEXT NOT NULL CHECK (role IN ('manager', 'member')),
  PRIMARY KEY (project_id, member_id)
);
CREATE INDEX project_members_member ON project_members (member_id);
CREATE TABLE repository_members (
  repository_id TEXT NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  member_id TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
  role TEXT NOT NULL CHECK (role IN ('manager', 'member')),
  PRIMARY KEY (repository_id, member_id)
);
CREATE INDEX repository_members_member ON repository_members (member_id);
