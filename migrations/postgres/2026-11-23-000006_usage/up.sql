-- Deliveries of a credential to a caller on a UTC day (days since 1970-01-01).
CREATE TABLE usage_daily (
  credential_id TEXT NOT NULL REFERENCES credentials (id) ON DELETE CASCADE,
  day INTEGER NOT NULL,
  caller_id TEXT NOT NULL,
  -- The node that counted, by its audit chain: no node waits for another's row.
  chain TEXT NOT NULL,
  uses BIGINT NOT NULL,
  PRIMARY KEY (credential_id, day, caller_id, chain)
);
