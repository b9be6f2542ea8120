-- What a run has to prove before it gets a credential: what is in force, and what is tried without refusing anybody.
CREATE TABLE credential_conditions (
  credential_id TEXT NOT NULL REFERENCES credentials (id) ON DELETE CASCADE,
  standing TEXT NOT NULL CHECK (standing IN ('in_force', 'trial')),
  -- A JSON object: refs, protected, events, pipelines.
  conditions TEXT NOT NULL,
  since BIGINT NOT NULL,
  PRIMARY KEY (credential_id, standing)
);
-- Whom conditions on trial would have refused, and why. Each node has rows of its own, like those of usage_daily.
CREATE TABLE condition_trials (
  credential_id TEXT NOT NULL REFERENCES credentials (id) ON DELETE CASCADE,
  caller_id TEXT NOT NULL,
  unmet TEXT NOT NULL,
  chain TEXT NOT NULL,
  caller_name TEXT NOT NULL,
  times BIGINT NOT NULL,
  last_at BIGINT NOT NULL,
  PRIMARY KEY (credential_id, caller_id, unmet, chain)
);
