-- One that waits after others changed something, one that is being applied, one that was.
INSERT INTO imports (id, enterprise_id, member_id, state, trouble, content, digest, added, changed, unchanged, wrong, created_at, taken_until, applied_at) VALUES
  ('01930000-0000-7000-8000-000000000091', '01930000-0000-7000-8000-000000000001', '01930000-0000-7000-8000-000000000031', 'shown', 'moved', 'project,name
shop,商城', x'e0', 0, 1, 0, 0, 1763856000000, NULL, NULL),
  ('01930000-0000-7000-8000-000000000092', '01930000-0000-7000-8000-000000000001', '01930000-0000-7000-8000-000000000031', 'applying', NULL, 'project
plat', x'e1', 1, 0, 0, 0, 1763856000000, 1763856300000, NULL),
  ('01930000-0000-7000-8000-000000000093', '01930000-0000-7000-8000-000000000002', '01930000-0000-7000-8000-000000000033', 'applied', NULL, '', x'e2', 0, 0, 1, 0, 1763856000000, NULL, 1763856060000);
INSERT INTO import_lines (import_id, line, outcome, verdict) VALUES
  ('01930000-0000-7000-8000-000000000091', 2, 'changed', '{"kind":"project","what":"shop","who":"","changes":[{"column":"name","from":"Shop","to":"商城"}],"faults":[]}'),
  ('01930000-0000-7000-8000-000000000092', 2, 'added', '{"kind":"project","what":"plat","who":"","changes":[],"faults":[]}'),
  ('01930000-0000-7000-8000-000000000093', 2, 'unchanged', '{"kind":"project","what":"shop","who":"","changes":[],"faults":[]}');
