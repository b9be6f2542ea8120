-- One issuer that is asked, with a rule for a repository and a token given; one with uploaded keys, turned off.
INSERT INTO trusted_issuers (id, enterprise_id, name, preset, url, audience, bound_claim, algorithms, key_set, token_minutes, disabled_at, revision, submission, created_by, created_at) VALUES
  ('01930000-0000-7000-8000-0000000000d1', '01930000-0000-7000-8000-000000000001', 'GitLab 研发', 'gitlab', 'https://gitlab.example', 'https://voucher.example/acme', NULL, 'RS256 ES256', NULL, 15, NULL, 1, '01930000-0000-7000-8000-0000000000e1', '01930000-0000-7000-8000-000000000031', 1763856000000),
  ('01930000-0000-7000-8000-0000000000d2', '01930000-0000-7000-8000-000000000001', 'Old', 'generic', 'https://ci.example', 'https://voucher.example/acme', 'job_id', 'EdDSA', '{"keys":[]}', 5, 1763856120000, 2, '01930000-0000-7000-8000-0000000000e2', '01930000-0000-7000-8000-000000000031', 1763856000000);
INSERT INTO identity_rules (id, issuer_id, name, project_id, repository_id, demands, submission, created_by, created_at) VALUES
  ('01930000-0000-7000-8000-0000000000d3', '01930000-0000-7000-8000-0000000000d1', 'main', NULL, '01930000-0000-7000-8000-000000000021', '{"ids":[{"claim":"project_id","how":"exact","values":["42"]}],"more":[{"claim":"ref","how":"pattern","values":["release/*"]}],"foreign_runs":false}', '01930000-0000-7000-8000-0000000000e3', '01930000-0000-7000-8000-000000000031', 1763856000000),
  ('01930000-0000-7000-8000-0000000000d4', '01930000-0000-7000-8000-0000000000d2', 'all', '01930000-0000-7000-8000-000000000011', NULL, '{"ids":[{"claim":"job_id","how":"exact","values":["7"]}],"more":[],"foreign_runs":false}', '01930000-0000-7000-8000-0000000000e4', '01930000-0000-7000-8000-000000000031', 1763856000000);
INSERT INTO used_identities (digest, expires_at) VALUES
  (x'0102', 1763856960000);
INSERT INTO exchanged_tokens (public_id, secret_hash, rule_id, issuer_revision, run, expires_at, created_at) VALUES
  ('abcdefABCDEF', x'f0', '01930000-0000-7000-8000-0000000000d3', 1, '{"git_ref":"refs/heads/main","protected":true,"event":"push","pipeline":".gitlab-ci.yml","url":null,"commit":null,"subject":"s","jti":"j"}', 1763856900000, 1763856000000);
