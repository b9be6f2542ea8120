-- One of each state; the same token in two enterprises; a scope of "all" and one of places.
INSERT INTO credentials (id, enterprise_id, credential_type, name, token, description, responsible_id, state, state_changed_at, expires_at, current_version, project_scope, repository_scope, summary, revision, submission, created_by, created_at, updated_at, last_used_at) VALUES
  ('01930000-0000-7000-8000-000000000051', '01930000-0000-7000-8000-000000000001', 'kubernetes', '生产集群 ☸', 'k8s-main', '', '01930000-0000-7000-8000-000000000031', 'active', 1763856000000, 1795392000000, 2, 'chosen', 'chosen', 'https://k8s.example', 3, '01930000-0000-7000-8000-000000000061', '01930000-0000-7000-8000-000000000031', 1763856000000, 1763856000000, 1763856060000),
  ('01930000-0000-7000-8000-000000000052', '01930000-0000-7000-8000-000000000001', 'feishu', 'Alerts', 'vch-abcdefghijklmnopqrst', 'for the night', '01930000-0000-7000-8000-000000000032', 'disabled', 1763856000000, NULL, 1, 'all', 'chosen', '', 1, '01930000-0000-7000-8000-000000000062', '01930000-0000-7000-8000-000000000031', 1763856000000, 1763856000000, NULL),
  ('01930000-0000-7000-8000-000000000053', '01930000-0000-7000-8000-000000000002', 'kubernetes', 'k8s', 'k8s-main', '', '01930000-0000-7000-8000-000000000033', 'deleted', 1763856000000, NULL, 1, 'all', 'all', '', 1, '01930000-0000-7000-8000-000000000061', '01930000-0000-7000-8000-000000000033', 1763856000000, 1763856000000, NULL);
INSERT INTO credential_projects (credential_id, project_id) VALUES
  ('01930000-0000-7000-8000-000000000051', '01930000-0000-7000-8000-000000000011');
INSERT INTO credential_repositories (credential_id, repository_id) VALUES
  ('01930000-0000-7000-8000-000000000051', '01930000-0000-7000-8000-000000000021');
INSERT INTO credential_versions (credential_id, number, variant, plain, content_expires_at, signing_key_id, signature, submission, created_by, created_at) VALUES
  ('01930000-0000-7000-8000-000000000051', 1, '', '{}', NULL, x'0102030405060708', x'00', '01930000-0000-7000-8000-000000000061', '01930000-0000-7000-8000-000000000031', 1763856000000),
  ('01930000-0000-7000-8000-000000000051', 2, '', '{"note":"二"}', 1795392000000, x'0102030405060708', x'01', '01930000-0000-7000-8000-000000000063', '01930000-0000-7000-8000-000000000031', 1763856000000);
INSERT INTO sealed_fields (credential_id, number, field, key_id, envelope, fingerprint) VALUES
  ('01930000-0000-7000-8000-000000000051', 1, 'kubeconfig', x'1112131415161718', x'56434831', x'c0'),
  ('01930000-0000-7000-8000-000000000051', 2, 'kubeconfig', x'1112131415161718', x'5643483100ff', x'c0');
INSERT INTO needed_keys (key_id, purpose, first_used_at) VALUES
  (x'1112131415161718', 'sealing', 1763856000000),
  (x'0102030405060708', 'signing', 1763856000000);
