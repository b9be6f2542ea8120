-- Where a role comes from. `role` is the one that counts. `by_claim` is what the identity provider's claims give at the
-- moment: NULL for nothing. `by_hand` is what people gave besides, where a claim gives something as well; without
-- a claim, `role` itself is by hand.
ALTER TABLE members ADD COLUMN by_hand TEXT CHECK (by_hand IN ('owner', 'administrator', 'auditor', 'member'));
-- 'gone': the membership was a claim's alone, and the claim is not made any more.
ALTER TABLE members ADD COLUMN by_claim TEXT CHECK (by_claim IN ('owner', 'administrator', 'auditor', 'member', 'gone'));
ALTER TABLE project_members ADD COLUMN by_hand TEXT CHECK (by_hand IN ('manager', 'member'));
ALTER TABLE project_members ADD COLUMN by_claim TEXT CHECK (by_claim IN ('manager', 'member'));
ALTER TABLE repository_members ADD COLUMN by_hand TEXT CHECK (by_hand IN ('manager', 'member'));
ALTER TABLE repository_members ADD COLUMN by_claim TEXT CHECK (by_claim IN ('manager', 'member'));
