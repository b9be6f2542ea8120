-- Content that waits to be saved until somebody has seen how it verified: sealed and signed like a version.
CREATE TABLE candidates (
  id TEXT PRIMARY KEY NOT NULL,
  enterprise_id TEXT NOT NULL REFERENCES enterprises (id) ON DELETE CASCADE,
  -- Whose it is: nobody else can save it.
  member_id TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
  -- The credential it is for; of a new one, the id that it will have.
  credential_id TEXT NOT NULL,
  credential_type TEXT NOT NULL,
  -- The number that the version will have.
  number INTEGER NOT NULL,
  submission TEXT NOT NULL,
  -- What the form said beside the content, as JSON.
  plan TEXT NOT NULL,
  -- The sealed version, as JSON.
  content TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  -- When it was saved; it is kept a while, so that saving twice saves once.
  saved_at BIGINT
);
CREATE INDEX candidates_created ON candidates (created_at);
CREATE INDEX candidates_member ON candidates (member_id);
-- Questions to external systems: asked by somebody or by the schedule, taken and answered by a node that can open.
CREATE TABLE verifications (
  id TEXT PRIMARY KEY NOT NULL,
  enterprise_id TEXT NOT NULL REFERENCES enterprises (id) ON DELETE CASCADE,
  credential_id TEXT NOT NULL,
  -- Set when a candidate is asked about, and not the stored version.
  candidate_id TEXT,
  cause TEXT NOT NULL CHECK (cause IN ('form', 'demand', 'schedule', 'message')),
  asked_by TEXT REFERENCES members (id) ON DELETE CASCADE,
  asked_at BIGINT NOT NULL,
  -- The node that asks, and until when it is believed to; after that, another may.
  taken_by TEXT,
  taken_until BIGINT,
  -- How often it was taken.
  attempts INTEGER NOT NULL DEFAULT 0,
  finished_at BIGINT,
  -- The finding, as JSON.
  finding TEXT
);
CREATE INDEX verifications_open ON verifications (finished_at, asked_at);
CREATE INDEX verifications_credential ON verifications (credential_id, asked_at);
CREATE INDEX verifications_asked_by ON verifications (asked_by, asked_at);
-- What is known of each credential's health.
CREATE TABLE health (
  credential_id TEXT PRIMARY KEY NOT NULL REFERENCES credentials (id) ON DELETE CASCADE,
  -- The version that was asked about; none yet: NULL, like everything that comes from the finding.
  version INTEGER,
  outcome TEXT,
  -- The last identity that was proved, and by which version; stays while later findings name none.
  identity_key TEXT,
  identity_label TEXT,
  identity_version INTEGER,
  finding TEXT,
  checked_at BIGINT,
  -- Since when every finding has been this outcome.
  since BIGINT,
  -- When the schedule asks next.
  due_at BIGINT NOT NULL
);
-- What was there before the schedule is due at once; the schedule takes a few at a time.
INSERT INTO health (credential_id, due_at) SELECT id, 0 FROM credentials WHERE state <> 'deleted';
CREATE INDEX health_due ON health (due_at);
CREATE INDEX health_outcome ON health (outcome);
