-- When the provider says that the person proved who they are; unknown where it does not say.
ALTER TABLE sign_ins ADD COLUMN authenticated_at BIGINT;
-- Whether somebody who is known already was asked to confirm that it is them.
ALTER TABLE sign_in_attempts ADD COLUMN fresh BOOLEAN NOT NULL DEFAULT FALSE;
