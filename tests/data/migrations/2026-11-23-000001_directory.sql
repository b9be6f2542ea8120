-- Two enterprises with the same names inside, so that a step that forgets the enterprise shows.
INSERT INTO enterprises (id, slug, name, policy_epoch, created_at) VALUES
  ('01930000-0000-7000-8000-000000000001', 'acme', 'Acme 公司', 7, 1763856000000),
  ('01930000-0000-7000-8000-000000000002', 'umbrella', 'Umbrella', 1, 1763856000000);
INSERT INTO projects (id, enterprise_id, slug, name, created_at) VALUES
  ('01930000-0000-7000-8000-000000000011', '01930000-0000-7000-8000-000000000001', 'shop', 'Shop', 1763856000000),
  ('01930000-0000-7000-8000-000000000012', '01930000-0000-7000-8000-000000000002', 'shop', 'Shop', 1763856000000);
INSERT INTO repositories (id, enterprise_id, project_id, slug, name, created_at) VALUES
  ('01930000-0000-7000-8000-000000000021', '01930000-0000-7000-8000-000000000001', '01930000-0000-7000-8000-000000000011', 'backend', 'Backend', 1763856000000),
  ('01930000-0000-7000-8000-000000000022', '01930000-0000-7000-8000-000000000002', '01930000-0000-7000-8000-000000000012', 'backend', 'Backend', 1763856000000);
INSERT INTO members (id, enterprise_id, issuer, subject, name, email, role, state, created_at) VALUES
  ('01930000-0000-7000-8000-000000000031', '01930000-0000-7000-8000-000000000001', 'https://id.example', 'alice', 'Alice', 'alice@example.org', 'owner', 'active', 1763856000000),
  ('01930000-0000-7000-8000-000000000032', '01930000-0000-7000-8000-000000000001', 'https://id.example', 'bob', 'Bob', NULL, 'member', 'disabled', 1763856000000),
  ('01930000-0000-7000-8000-000000000033', '01930000-0000-7000-8000-000000000002', 'https://id.example', 'alice', 'Alice', NULL, 'auditor', 'active', 1763856000000);
INSERT INTO project_members (project_id, member_id, role) VALUES
  ('01930000-0000-7000-8000-000000000011', '01930000-0000-7000-8000-000000000032', 'manager');
INSERT INTO repository_members (repository_id, member_id, role) VALUES
  ('01930000-0000-7000-8000-000000000021', '01930000-0000-7000-8000-000000000032', 'member');
