-- Which version a run began with; it keeps it for a day, whoever rotates in between.
CREATE TABLE run_pins (
  credential_id TEXT NOT NULL REFERENCES credentials (id) ON DELETE CASCADE,
  -- Who the run proved to be: an access key, or a rule of a trusted issuer.
  caller_id TEXT NOT NULL,
  -- What the caller calls the run.
  run TEXT NOT NULL,
  version INTEGER NOT NULL,
  since BIGINT NOT NULL,
  PRIMARY KEY (credential_id, caller_id, run)
);
CREATE INDEX run_pins_since ON run_pins (since);
CREATE INDEX run_pins_version ON run_pins (credential_id, version);
