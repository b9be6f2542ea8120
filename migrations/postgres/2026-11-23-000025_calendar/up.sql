-- The address of each member's calendar of what expires. A member belongs to one enterprise, and so does the address.
CREATE TABLE calendar_feeds (
  member_id TEXT PRIMARY KEY NOT NULL REFERENCES members (id) ON DELETE CASCADE,
  -- The part of the address that is not secret; what a look-up goes by.
  public_id TEXT NOT NULL,
  secret_hash BYTEA NOT NULL,
  -- In which language it is written.
  language TEXT NOT NULL,
  -- Names the form that made it, so that one form sent twice makes one address.
  submission TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  last_fetched_at BIGINT,
  UNIQUE (public_id)
);
