-- The head of each node's chain. Locked by whoever appends.
CREATE TABLE audit_chains (
  chain TEXT PRIMARY KEY NOT NULL,
  seq BIGINT NOT NULL,
  hash BLOB NOT NULL
);
CREATE TABLE audit_records (
  chain TEXT NOT NULL,
  seq BIGINT NOT NULL,
  at BIGINT NOT NULL,
  enterprise_id TEXT,
  actor_type TEXT NOT NULL,
  actor_id TEXT,
  actor_name TEXT NOT NULL,
  action TEXT NOT NULL,
  object_type TEXT,
  object_id TEXT,
  object_name TEXT,
  outcome TEXT NOT NULL CHECK (outcome IN ('allowed', 'refused', 'failed')),
  reason TEXT,
  address TEXT,
  request_id TEXT,
  detail TEXT NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (chain, seq)
);
CREATE INDEX audit_records_enterprise ON audit_records (enterprise_id, at);
CREATE INDEX audit_records_object ON audit_records (object_id, at);
CREATE TABLE audit_checkpoints (
  chain TEXT NOT NULL,
  seq BIGINT NOT NULL,
  hash BLOB NOT NULL,
  at BIGINT NOT NULL,
  key_id BLOB NOT NULL,
  signature BLOB NOT NULL,
  PRIMARY KEY (chain, seq)
);
