INSERT INTO sign_in_attempts (state_hash, browser_hash, issuer, nonce, verifier, return_to, created_at, enterprise, used_at) VALUES
  (x'b2', x'b3', 'https://id.example', 'nonce', 'verifier', '/', 1763856000000, 'acme', 1763856060000);
