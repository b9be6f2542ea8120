-- A file of projects, repositories, members and memberships, from its upload until it is applied or forgotten.
CREATE TABLE imports (
  id TEXT PRIMARY KEY NOT NULL,
  enterprise_id TEXT NOT NULL REFERENCES enterprises (id) ON DELETE CASCADE,
  -- Whose it is: nobody else sees or applies it.
  member_id TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
  state TEXT NOT NULL CHECK (state IN ('shown', 'applying', 'applied')),
  -- Why the last attempt changed nothing; NULL when there was none.
  trouble TEXT CHECK (trouble IN ('moved', 'failed')),
  -- What was uploaded; empty once it is applied.
  content TEXT NOT NULL,
  -- What would happen, hashed, as it was shown last: only that may be applied.
  digest BLOB NOT NULL,
  added BIGINT NOT NULL,
  changed BIGINT NOT NULL,
  unchanged BIGINT NOT NULL,
  wrong BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  -- Until when whoever applies it is believed to; after that it was interrupted.
  taken_until BIGINT,
  applied_at BIGINT
);
CREATE INDEX imports_created ON imports (created_at);
CREATE INDEX imports_member ON imports (member_id);
-- What would happen, line by line.
CREATE TABLE import_lines (
  import_id TEXT NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
  line BIGINT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('added', 'changed', 'unchanged', 'wrong')),
  -- The rest of the verdict, as JSON.
  verdict TEXT NOT NULL,
  PRIMARY KEY (import_id, line)
);
CREATE INDEX import_lines_outcome ON import_lines (import_id, outcome, line);
