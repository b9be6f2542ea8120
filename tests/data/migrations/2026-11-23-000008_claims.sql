-- An owner by hand whom a claim makes an administrator, and a manager by claim alone.
UPDATE members SET by_hand = 'owner', by_claim = 'administrator' WHERE id = '01930000-0000-7000-8000-000000000031';
UPDATE members SET by_claim = 'gone' WHERE id = '01930000-0000-7000-8000-000000000032';
UPDATE project_members SET by_claim = 'manager' WHERE member_id = '01930000-0000-7000-8000-000000000032';
UPDATE repository_members SET by_hand = 'member', by_claim = 'member' WHERE member_id = '01930000-0000-7000-8000-000000000032';
