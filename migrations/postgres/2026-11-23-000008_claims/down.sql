ALTER TABLE repository_members DROP COLUMN by_claim;
ALTER TABLE repository_members DROP COLUMN by_hand;
ALTER TABLE project_members DROP COLUMN by_claim;
ALTER TABLE project_members DROP COLUMN by_hand;
ALTER TABLE members DROP COLUMN by_claim;
ALTER TABLE members DROP COLUMN by_hand;
