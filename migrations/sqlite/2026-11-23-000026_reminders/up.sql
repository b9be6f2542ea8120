-- Which bot of an enterprise says what is about to expire, and how long before.
CREATE TABLE reminder_settings (
  enterprise_id TEXT PRIMARY KEY NOT NULL REFERENCES enterprises (id) ON DELETE CASCADE,
  -- Stays when the credential is gone, so that somebody is told.
  bot_id TEXT NOT NULL,
  -- Days, with commas between.
  leads TEXT NOT NULL,
  language TEXT NOT NULL,
  -- When a console looks next. Whoever moves it on looks, and no other node does.
  due_at BIGINT NOT NULL,
  -- How many messages failed one after the other.
  failures INTEGER NOT NULL,
  -- What is wrong, and since when.
  trouble TEXT,
  trouble_since BIGINT
);
CREATE INDEX reminder_settings_due ON reminder_settings (due_at);
-- Messages that were handed over, by the id of what posts them.
CREATE TABLE reminder_messages (
  id TEXT PRIMARY KEY NOT NULL,
  enterprise_id TEXT NOT NULL REFERENCES enterprises (id) ON DELETE CASCADE,
  -- Of how many it speaks.
  credentials INTEGER NOT NULL,
  at BIGINT NOT NULL,
  -- NULL until somebody has looked what became of it.
  ended_at BIGINT,
  trouble TEXT
);
CREATE INDEX reminder_messages_enterprise ON reminder_messages (enterprise_id, at);
-- Each credential is reminded of once for each end and each lead time.
CREATE TABLE reminded (
  credential_id TEXT NOT NULL REFERENCES credentials (id) ON DELETE CASCADE,
  expires_at BIGINT NOT NULL,
  lead INTEGER NOT NULL,
  message_id TEXT NOT NULL,
  PRIMARY KEY (credential_id, expires_at, lead)
);
CREATE INDEX reminded_message ON reminded (message_id);
-- What is posted, when it is not the test message.
ALTER TABLE verifications ADD COLUMN message TEXT;
