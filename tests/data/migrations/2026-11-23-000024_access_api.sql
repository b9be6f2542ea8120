-- A provisioning key that may manage access keys, and a key that a program made and a member rotated.
INSERT INTO provisioning_keys (id, enterprise_id, public_id, name, secret_hash, expires_at, revoked_at, submission, created_by, created_at, last_used_at, manages_access) VALUES
  ('01930000-0000-7000-8000-0000000000b3', '01930000-0000-7000-8000-000000000001', 'abcdefABCDE3', 'Terraform', x'f2', NULL, NULL, '01930000-0000-7000-8000-0000000000c3', '01930000-0000-7000-8000-000000000031', 1763856000000, 1763856060000, TRUE);
INSERT INTO access_keys (id, enterprise_id, public_id, name, project_id, repository_id, expires_at, revoked_at, submission, created_by, created_at, last_used_at, source_scope, sources, token_scope, tokens, last_used_address, made_with) VALUES
  ('01930000-0000-7000-8000-000000000074', '01930000-0000-7000-8000-000000000001', 'abcdefABCDE4', 'By Terraform', '01930000-0000-7000-8000-000000000011', NULL, NULL, NULL, '01930000-0000-7000-8000-000000000084', '01930000-0000-7000-8000-000000000031', 1763856000000, NULL, 'all', '', 'all', '', NULL, '01930000-0000-7000-8000-0000000000b3');
INSERT INTO access_key_secrets (key_id, number, hash, made_by, since, ends_at, last_used_at, made_with) VALUES
  ('01930000-0000-7000-8000-000000000074', 1, x'd4', '01930000-0000-7000-8000-000000000031', 1763856000000, 1763942400000, NULL, '01930000-0000-7000-8000-0000000000b3'),
  ('01930000-0000-7000-8000-000000000074', 2, x'd5', '01930000-0000-7000-8000-000000000031', 1763856060000, NULL, NULL, NULL);
