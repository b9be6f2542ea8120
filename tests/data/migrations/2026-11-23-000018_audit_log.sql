-- One more record, of a program, that was refused.
INSERT INTO audit_records (chain, seq, at, enterprise_id, actor_type, actor_id, actor_name, action, object_type, object_id, object_name, outcome, reason, address, request_id, detail, hash) VALUES
  ('another', 1, 1763856000000, '01930000-0000-7000-8000-000000000001', 'access_key', '01930000-0000-7000-8000-000000000071', 'CI', 'credential.resolve', 'credential', '01930000-0000-7000-8000-000000000052', 'vch-abcdefghijklmnopqrst', 'refused', 'disabled', '192.0.2.7', NULL, '{}', x'00');
