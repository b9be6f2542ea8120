INSERT INTO audit_chains (chain, seq, hash) VALUES ('node-1', 2, x'e1');
INSERT INTO audit_records (chain, seq, at, enterprise_id, actor_type, actor_id, actor_name, action, object_type, object_id, object_name, outcome, reason, address, request_id, detail, hash) VALUES
  ('node-1', 1, 1763856000000, '01930000-0000-7000-8000-000000000001', 'access_key', '01930000-0000-7000-8000-000000000071', 'Shop', 'credential.resolve', 'credential', '01930000-0000-7000-8000-000000000051', 'k8s-main', 'allowed', NULL, '192.0.2.7', '01930000-0000-7000-8000-000000000091', '{"version":2}', x'e0'),
  ('node-1', 2, 1763856000001, NULL, 'anonymous', NULL, '', 'credential.resolve', NULL, NULL, NULL, 'refused', 'unauthenticated', NULL, NULL, '{}', x'e1');
INSERT INTO audit_checkpoints (chain, seq, hash, at, key_id, signature) VALUES
  ('node-1', 2, x'e1', 1763856000001, x'0102030405060708', x'f0');
