-- Logout tokens that have been used; each is good once. Kept until no such token would be accepted any more.
CREATE TABLE logout_tokens (
  token_hash BLOB PRIMARY KEY NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX logout_tokens_expires ON logout_tokens (expires_at);
-- A provider ends sign-ins by its own name for a session, or by whose they are.
CREATE INDEX sign_ins_sid ON sign_ins (issuer, sid);
CREATE INDEX sign_ins_subject ON sign_ins (issuer, subject);
