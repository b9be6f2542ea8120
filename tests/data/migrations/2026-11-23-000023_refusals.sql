-- A day on which a caller was only refused.
INSERT INTO usage_daily (credential_id, day, caller_id, chain, uses, refused) VALUES
  ('01930000-0000-7000-8000-000000000051', 20416, '01930000-0000-7000-8000-000000000071', 'node-1', 0, 3);
