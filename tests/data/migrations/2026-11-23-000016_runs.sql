-- A run that keeps the first version of a credential.
INSERT INTO run_pins (credential_id, caller_id, run, version, since) VALUES
  ('01930000-0000-7000-8000-000000000051', '01930000-0000-7000-8000-000000000071', 'https://gitlab.example.com/shop/web 4711', 1, 1763856000000);
