-- One that is fetched, and one that never was.
INSERT INTO calendar_feeds (member_id, public_id, secret_hash, language, submission, created_at, last_fetched_at) VALUES
  ('01930000-0000-7000-8000-000000000031', 'abcdefABCDEF', x'f0', 'zh-CN', '01930000-0000-7000-8000-0000000000d1', 1763856000000, 1763856060000),
  ('01930000-0000-7000-8000-000000000033', 'abcdefABCDE2', x'f1', 'en', '01930000-0000-7000-8000-0000000000d1', 1763856000000, NULL);
