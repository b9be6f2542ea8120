INSERT INTO sign_in_attempts (state_hash, browser_hash, issuer, nonce, verifier, return_to, created_at, fresh) VALUES
  (x'b4', x'b5', 'https://id.example', 'nonce', 'verifier', '/members', 1763856000000, TRUE);
INSERT INTO sign_ins (id, secret_hash, member_id, issuer, subject, sid, created_at, last_seen_at, revoked_at, address, user_agent, authenticated_at) VALUES
  ('01930000-0000-7000-8000-000000000043', x'a6', '01930000-0000-7000-8000-000000000031', 'https://id.example', 'alice', NULL, 1763856000000, 1763856060000, NULL, '192.0.2.1', '', 1763855990000);
