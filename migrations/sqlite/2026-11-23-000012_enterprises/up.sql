-- The enterprise that somebody wants to come into, by its slug; without one, the settings' first.
ALTER TABLE sign_in_attempts ADD COLUMN enterprise TEXT;
-- An attempt that was answered stays until its ten minutes are over, so that a second answer is known as such.
ALTER TABLE sign_in_attempts ADD COLUMN used_at BIGINT;
-- Whoever proved before this moment who they are does not come in by it from another enterprise: their sign-ins were
-- ended here, and they have to prove it anew.
ALTER TABLE members ADD COLUMN proof_since BIGINT NOT NULL DEFAULT 0;
