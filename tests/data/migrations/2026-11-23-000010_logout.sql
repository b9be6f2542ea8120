INSERT INTO logout_tokens (token_hash, expires_at) VALUES
  (x'c0', 1763856900000);
