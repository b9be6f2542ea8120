-- What actix-session keeps for a browser. The key is the hash of the one in the cookie.
CREATE TABLE sessions (
  id_hash BYTEA PRIMARY KEY NOT NULL,
  state TEXT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_expires ON sessions (expires_at);
-- Who is signed in. Read by every request; a revoked row never comes back.
CREATE TABLE sign_ins (
  id TEXT PRIMARY KEY NOT NULL,
  secret_hash BYTEA NOT NULL,
  member_id TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  sid TEXT,
  created_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  revoked_at BIGINT,
  address TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  UNIQUE (secret_hash)
);
CREATE INDEX sign_ins_member ON sign_ins (member_id);
-- A sign-in under way: consumed once, by the browser that began it, within ten minutes.
CREATE TABLE sign_in_attempts (
  state_hash BYTEA PRIMARY KEY NOT NULL,
  browser_hash BYTEA NOT NULL,
  issuer TEXT NOT NULL,
  nonce TEXT NOT NULL,
  verifier TEXT NOT NULL,
  return_to TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX sign_in_attempts_created ON sign_in_attempts (created_at);
