-- The same use, counted by two nodes.
INSERT INTO usage_daily (credential_id, day, caller_id, chain, uses) VALUES
  ('01930000-0000-7000-8000-000000000051', 20415, '01930000-0000-7000-8000-000000000071', 'node-1', 12),
  ('01930000-0000-7000-8000-000000000051', 20415, '01930000-0000-7000-8000-000000000071', 'node-2', 1);
