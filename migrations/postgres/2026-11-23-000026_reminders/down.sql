ALTER TABLE verifications DROP COLUMN message;
DROP TABLE reminded;
DROP TABLE reminder_messages;
DROP TABLE reminder_settings;
