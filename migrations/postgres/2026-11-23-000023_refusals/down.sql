DELETE FROM usage_daily WHERE uses = 0;
ALTER TABLE usage_daily DROP COLUMN refused;
