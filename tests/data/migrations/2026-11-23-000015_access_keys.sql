-- A key that was rotated and is bound to addresses and tokens.
INSERT INTO access_keys (id, enterprise_id, public_id, name, project_id, repository_id, expires_at, revoked_at, submission, created_by, created_at, last_used_at, source_scope, sources, token_scope, tokens, last_used_address) VALUES
  ('01930000-0000-7000-8000-000000000073', '01930000-0000-7000-8000-000000000001', 'abcdefABCDE3', 'Nightly', '01930000-0000-7000-8000-000000000011', NULL, NULL, NULL, '01930000-0000-7000-8000-000000000083', '01930000-0000-7000-8000-000000000031', 1763856000000, 1763856060000, 'these', '10.0.0.0/8 2001:db8::/32', 'these', 'aliyun-prod k8s-main', '10.1.2.3');
INSERT INTO access_key_secrets (key_id, number, hash, made_by, since, ends_at, last_used_at) VALUES
  ('01930000-0000-7000-8000-000000000073', 1, x'd2', '01930000-0000-7000-8000-000000000031', 1763856000000, 1763942400000, 1763856000000),
  ('01930000-0000-7000-8000-000000000073', 2, x'd3', '01930000-0000-7000-8000-000000000031', 1763856060000, NULL, 1763856060000);
