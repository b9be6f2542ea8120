-- An issuer whose tokens name the key, and a token that did.
UPDATE trusted_issuers SET key_bound = TRUE WHERE id = '01930000-0000-7000-8000-0000000000d1';
INSERT INTO exchanged_tokens (public_id, secret_hash, rule_id, issuer_revision, run, sealing_key, expires_at, created_at) VALUES
  ('abcdefABCDEG', x'f1', '01930000-0000-7000-8000-0000000000d3', 1, '{"git_ref":null,"protected":null,"event":null,"pipeline":null,"url":null,"commit":null,"subject":"s","jti":"k"}', x'9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08', 1763856900000, 1763856000000);
