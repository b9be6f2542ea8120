INSERT INTO credential_conditions (credential_id, standing, conditions, since) VALUES
  ('01930000-0000-7000-8000-000000000051', 'in_force', '{"refs":["refs/heads/main"],"protected":true,"events":[],"pipelines":[]}', 1763856000000),
  ('01930000-0000-7000-8000-000000000051', 'trial', '{"refs":[],"protected":false,"events":["push"],"pipelines":[]}', 1763856000000);
INSERT INTO condition_trials (credential_id, caller_id, unmet, chain, caller_name, times, last_at) VALUES
  ('01930000-0000-7000-8000-000000000051', '01930000-0000-7000-8000-000000000071', 'condition_run', 'main', '构建', 3, 1763856060000);
