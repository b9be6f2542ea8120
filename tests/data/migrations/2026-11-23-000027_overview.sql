-- A day that two nodes counted.
INSERT INTO enterprise_usage_daily (enterprise_id, day, chain, uses, refused) VALUES
  ('01930000-0000-7000-8000-000000000002', 20416, 'node-1', 5, 1),
  ('01930000-0000-7000-8000-000000000002', 20416, 'node-2', 7, 0);
