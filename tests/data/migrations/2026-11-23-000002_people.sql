INSERT INTO sessions (id_hash, state, expires_at) VALUES
  (x'000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', '{"attempt":"x"}', 1763899200000);
INSERT INTO sign_ins (id, secret_hash, member_id, issuer, subject, sid, created_at, last_seen_at, revoked_at, address, user_agent) VALUES
  ('01930000-0000-7000-8000-000000000041', x'a0', '01930000-0000-7000-8000-000000000031', 'https://id.example', 'alice', 'sid-1', 1763856000000, 1763856060000, NULL, '192.0.2.1', 'Mozilla/5.0'),
  ('01930000-0000-7000-8000-000000000042', x'a1', '01930000-0000-7000-8000-000000000032', 'https://id.example', 'bob', NULL, 1763856000000, 1763856060000, 1763856120000, '2001:db8::1', '');
INSERT INTO sign_in_attempts (state_hash, browser_hash, issuer, nonce, verifier, return_to, created_at) VALUES
  (x'b0', x'b1', 'https://id.example', 'nonce', 'verifier', '/', 1763856000000);
